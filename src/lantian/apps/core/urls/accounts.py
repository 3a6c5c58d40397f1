"""Addresses of accounts and security."""

from __future__ import annotations

from typing import Any

from django.urls import path

from lantian.apps.core.views.accounts import entry, log, me, policy, roles, sessions, users

urlpatterns: list[Any] = [
    path("login/", entry.LoginView.as_view(), name="login"),
    path("logout/", entry.LogoutView.as_view(), name="logout"),
    path("password/", entry.PasswordView.as_view(), name="password"),
    path("setup/", entry.SetUpView.as_view(), name="setup"),
    path("me/", me.MeView.as_view(), name="me"),
    path("me/profile/", me.ProfileView.as_view(), name="profile"),
    path("me/tokens/new/", me.OwnTokenView.as_view(), name="token_new"),
    path("me/sessions/<int:pk>/end/", me.EndOwnSessionView.as_view(), name="own_session_end"),
    path("tokens/<int:pk>/revoke/", me.RevokeTokenView.as_view(), name="token_revoke"),
    path("users/", users.UserList.as_view(), name="users"),
    path("users/new/", users.NewUserView.as_view(), name="user_new"),
    path("users/<int:pk>/", users.UserView.as_view(), name="user"),
    path("users/<int:pk>/edit/", users.EditUserView.as_view(), name="user_edit"),
    path("users/<int:pk>/disable/", users.DisableUserView.as_view(), name="user_disable"),
    path("users/<int:pk>/enable/", users.EnableUserView.as_view(), name="user_enable"),
    path("users/<int:pk>/reset-password/", users.ResetPasswordView.as_view(), name="user_reset_password"),
    path("users/<int:pk>/grants/new/", users.GiveGrantView.as_view(), name="grant_new"),
    path("users/<int:pk>/tokens/new/", users.MachineTokenView.as_view(), name="machine_token_new"),
    path("grants/<int:pk>/take/", users.TakeGrantView.as_view(), name="grant_take"),
    path("roles/", roles.RoleList.as_view(), name="roles"),
    path("roles/new/", roles.NewRoleView.as_view(), name="role_new"),
    path("roles/<int:pk>/", roles.RoleView.as_view(), name="role"),
    path("roles/<int:pk>/edit/", roles.EditRoleView.as_view(), name="role_edit"),
    path("roles/<int:pk>/delete/", roles.DeleteRoleView.as_view(), name="role_delete"),
    path("sessions/", sessions.SessionList.as_view(), name="sessions"),
    path("sessions/<int:pk>/end/", sessions.EndSessionView.as_view(), name="session_end"),
    path("policy/", policy.PolicyView.as_view(), name="policy"),
    path("policy/edit/", policy.EditPolicyView.as_view(), name="policy_edit"),
    path("log/", log.LogList.as_view(), name="log"),
    path("log/verify/", log.VerifyView.as_view(), name="log_verify"),
    path("log/<int:pk>/", log.LogEntryView.as_view(), name="log_entry"),
]
