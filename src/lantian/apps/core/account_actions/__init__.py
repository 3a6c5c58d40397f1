"""Changes of accounts, rights, sessions, tokens and the security policy."""

from lantian.apps.core.account_actions.grants import GiveGrant, TakeGrant
from lantian.apps.core.account_actions.office import SetUpOffice
from lantian.apps.core.account_actions.policy import ChangePolicy
from lantian.apps.core.account_actions.roles import DeleteRole, SaveRole
from lantian.apps.core.account_actions.sessions import CloseSession, EndSession, OpenSession
from lantian.apps.core.account_actions.tokens import CreateToken, RevokeToken
from lantian.apps.core.account_actions.users import (
    ChangePassword,
    ChangeProfile,
    CreateUser,
    DisableUser,
    EditUser,
    EnableUser,
    ResetPassword,
)

__all__ = [
    "ChangePassword",
    "ChangePolicy",
    "ChangeProfile",
    "CloseSession",
    "CreateToken",
    "CreateUser",
    "DeleteRole",
    "DisableUser",
    "EditUser",
    "EnableUser",
    "EndSession",
    "GiveGrant",
    "OpenSession",
    "ResetPassword",
    "RevokeToken",
    "SaveRole",
    "SetUpOffice",
    "TakeGrant",
]
