"""A listener at an MQTT broker: readings are acknowledged only when they are in the lake.

The session at the broker outlives the process (a fixed client id and no clean start): what comes meanwhile waits there.
Messages are taken as they come and stored together; a broker that falls silent is dialled again by the client.
"""

from __future__ import annotations

import logging
import queue
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

logger = logging.getLogger(__name__)
#: messages that are stored together at most, and that the broker hands over before one is acknowledged
TOGETHER = 500
#: how long messages are gathered after the first one [s]
GATHER = 0.5
#: how long is waited after the lake could not be written [s]
PAUSE = 5.0
#: the session waits at the broker for a week [s]
SESSION = 7 * 86_400
#: pairs of topic and payload
Batch = Sequence[tuple[str, bytes]]


class BadAddress(ValueError):
    """The address of the broker cannot be used."""


class Refused(RuntimeError):
    """The broker refused the account or the topic; waiting does not help."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and as whom.

    Attributes
    ----------
    ca_file
        Certificates that sign the broker's; those of the system where it is empty.
    """

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = ""
    topic: str = "lantian/power/#"
    client_id: str = "lantian-power"
    ca_file: str = ""

    @staticmethod
    def of(address: str, **more: Any) -> Broker:
        """A broker by its address: ``mqtt://user@host:1883`` or ``mqtts://host``.

        Raises
        ------
        BadAddress
            It is none, or holds a password, which would stand in process lists.
        """
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError as error:
            raise BadAddress(str(error)) from error
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path.strip("/"):
            raise BadAddress("mqtt://host:1883 or mqtts://host:8883")
        if parts.password is not None:
            raise BadAddress("the password belongs into a file")
        tls = parts.scheme == "mqtts"
        given = {name: value for name, value in more.items() if value}
        given.setdefault("user", unquote(parts.username or ""))
        return Broker(parts.hostname, port or (8883 if tls else 1883), tls, **given)


class Listener:
    """Takes what a broker hands over.

    Parameters
    ----------
    store
        Stores messages; raises an error with ``permanent`` False where that is not possible now.
    ready
        Called each time when the broker has accepted the subscription.
    """

    def __init__(
        self, broker: Broker, store: Callable[[Batch], Any], *, ready: Callable[[], Any] | None = None
    ) -> None:
        self.broker, self.store, self.ready = broker, store, ready
        self._waiting: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._stop = threading.Event()
        self._refused = ""
        #: messages that are in the lake
        self.stored = 0
        self._client = self._made()

    def _made(self) -> mqtt.Client:
        broker = self.broker
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=broker.client_id, protocol=mqtt.MQTTv5, manual_ack=True
        )
        if broker.user:
            client.username_pw_set(broker.user, broker.password or None)
        if broker.tls:
            client.tls_set_context(ssl.create_default_context(cafile=broker.ca_file or None))
        client.reconnect_delay_set(1, 60)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        client.on_disconnect = self._disconnected
        return client

    def run(self) -> None:
        """Listen until :meth:`stop`.

        Raises
        ------
        OSError
            The broker cannot be reached at the start; later it is dialled again.
        Refused
            It does not let us in.
        """
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION
        properties.ReceiveMaximum = TOGETHER
        self._client.connect(
            self.broker.host, self.broker.port, keepalive=60, clean_start=False, properties=properties
        )
        self._client.loop_start()
        try:
            while not self._stop.is_set():
                if self._refused:
                    raise Refused(self._refused)
                self._take(self._gathered())
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def stop(self) -> None:
        """End; what is not acknowledged comes again."""
        self._stop.set()

    def _gathered(self) -> list[mqtt.MQTTMessage]:
        """What has come, up to a number or for a short time after the first."""
        found: list[mqtt.MQTTMessage] = []
        until = 0.0
        while len(found) < TOGETHER and not self._stop.is_set() and not self._refused:
            wait = 0.2 if not found else until - time.monotonic()
            if found and wait <= 0:
                break
            try:
                found.append(self._waiting.get(timeout=max(wait, 0.001)))
            except queue.Empty:
                if found:
                    break
                continue
            until = until or time.monotonic() + GATHER
        return found

    def _take(self, found: list[mqtt.MQTTMessage]) -> None:
        """Store, then acknowledge; as long as it cannot be stored, nothing is acknowledged."""
        while found:
            try:
                self.store([(message.topic, bytes(message.payload)) for message in found])
            except Exception as error:
                if getattr(error, "permanent", True):
                    raise
                logger.warning("readings wait: %s", error)
                if self._stop.wait(PAUSE):
                    return
                continue
            for message in found:
                self._client.ack(message.mid, message.qos)
            self.stored += len(found)
            return

    # Called by the thread of the client ---------------------------------------------------------------------------------

    def _connected(self, client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            logger.error("the broker refused: %s", code)
            # Bad account or not authorised; others pass by themselves.
            if code.value in (0x86, 0x87, 0x8C):
                self._refused = str(code)
            return
        client.subscribe(self.broker.topic, qos=1)

    def _subscribed(self, _client: Any, _data: Any, _mid: Any, codes: Any, _properties: Any) -> None:
        if any(code.is_failure for code in codes):
            self._refused = str(codes[0])
            return
        logger.info("listening at %s:%s to %s", self.broker.host, self.broker.port, self.broker.topic)
        if self.ready is not None:
            self.ready()

    def _message(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        self._waiting.put(message)

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if not self._stop.is_set():
            logger.warning("the broker went away: %s", code)
        # What was not acknowledged comes again over the next connection.
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                return
