"""The listener at a real MQTT broker: what is acknowledged is stored, what is not comes again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.publish as publish
import pytest

from lantian.integrations.electricity import listener as module
from lantian.integrations.electricity.listener import BadAddress, Batch, Broker, Listener, Refused

pytestmark = pytest.mark.broker
USER, PASSWORD = "collector", "Qing=48"
#: how long is waited for what must come [s]
PATIENCE = 20


def binary(name: str) -> str | None:
    return shutil.which(name) or next((str(p) for p in (Path("/usr/sbin") / name,) if p.exists()), None)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A mosquitto of our own on a free port, with one account."""
    program, passwords = binary("mosquitto"), binary("mosquitto_passwd")
    if program is None or passwords is None:
        pytest.skip("mosquitto is not installed")
    folder = tmp_path_factory.mktemp("mosquitto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run([passwords, "-b", "-c", str(folder / "accounts"), USER, PASSWORD], check=True, capture_output=True)
    owner = "user root\n" if Path("/root").owner() == "root" and Path("/proc/self").stat().st_uid == 0 else ""
    (folder / "mosquitto.conf").write_text(
        f"{owner}listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {folder / 'accounts'}\n"
    )
    with subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL) as process:
        try:
            answered = threading.Event()
            for _attempt in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    answered.wait(0.05)
            yield Broker("127.0.0.1", port, user=USER, password=PASSWORD)
        finally:
            process.terminate()


@dataclass
class Kept:
    """A store that can be told to refuse."""

    messages: list[tuple[str, bytes]] = field(default_factory=list)
    refusing: bool = False
    refused: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, batch: Batch) -> None:
        if self.refusing:
            self.refused.set()
            error = RuntimeError("the lake is busy")
            error.permanent = False  # type: ignore[attr-defined]
            raise error
        with self.changed:
            self.messages += batch
            self.changed.notify_all()

    def wait(self, count: int) -> list[tuple[str, bytes]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.messages) >= count, PATIENCE), self.messages
            return list(self.messages)


@pytest.fixture
def listening(broker: Broker, request: pytest.FixtureRequest) -> Iterator[Callable[[Kept], Listener]]:
    """Start listeners that share one session at the broker; all are stopped at the end."""
    running: list[tuple[Listener, threading.Thread]] = []
    own = Broker(
        broker.host, broker.port, user=USER, password=PASSWORD, client_id=request.node.name[:40],
        topic=f"{request.node.name}/#",
    )  # fmt: skip

    def start(store: Kept) -> Listener:
        ready = threading.Event()
        made = Listener(own, store, ready=ready.set)
        thread = threading.Thread(target=made.run, daemon=True)
        thread.start()
        running.append((made, thread))
        assert ready.wait(PATIENCE)
        return made

    def stop(which: Listener) -> None:
        for made, thread in running:
            if made is which:
                made.stop()
                thread.join(PATIENCE)
                assert not thread.is_alive()

    start.stop = stop  # type: ignore[attr-defined]
    yield start
    for made, thread in running:
        made.stop()
        thread.join(PATIENCE)


@pytest.fixture
def send(broker: Broker, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Publish messages, each acknowledged by the broker."""

    def publish_all(*payloads: str) -> None:
        topic = f"{request.node.name}/P1"
        publish.multiple(
            [{"topic": topic, "payload": payload, "qos": 1} for payload in payloads],
            hostname=broker.host, port=broker.port, auth={"username": USER, "password": PASSWORD},
        )  # fmt: skip

    return publish_all


def test_messages_are_handed_over_with_topic_and_payload(
    listening: Callable[[Kept], Listener], send: Callable[..., None]
) -> None:
    store = Kept()
    listener = listening(store)
    payloads = [f'{{"kw": {n}}}' for n in range(60)]

    send(*payloads)

    found = store.wait(60)
    assert sorted(payload.encode() for payload in payloads) == sorted(payload for _topic, payload in found)
    assert all(topic.endswith("/P1") for topic, _payload in found)
    listening.stop(listener)  # type: ignore[attr-defined]
    assert 60 == listener.stored


def test_what_comes_while_nobody_listens_waits_at_the_broker(
    listening: Callable[[Kept], Listener], send: Callable[..., None]
) -> None:
    first = listening(Kept())
    listening.stop(first)  # type: ignore[attr-defined]

    send("1", "2", "3")

    store = Kept()
    listening(store)
    assert [b"1", b"2", b"3"] == sorted(payload for _topic, payload in store.wait(3))


def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(
    listening: Callable[[Kept], Listener], send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    busy = Kept(refusing=True)
    listener = listening(busy)
    send("7")
    assert busy.refused.wait(PATIENCE)
    listening.stop(listener)  # type: ignore[attr-defined]
    assert (0, []) == (listener.stored, busy.messages)

    store = Kept()
    listening(store)
    assert [b"7"] == [payload for _topic, payload in store.wait(1)]


def test_a_store_that_is_busy_for_a_while_gets_everything_in_the_end(
    listening: Callable[[Kept], Listener], send: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    store = Kept(refusing=True)
    listening(store)
    send("1")
    assert store.refused.wait(PATIENCE)
    store.refusing = False
    send("2")
    assert {b"1", b"2"} == {payload for _topic, payload in store.wait(2)}


def test_a_wrong_password_ends_the_listener_with_the_reason(broker: Broker) -> None:
    wrong = Broker(broker.host, broker.port, user=USER, password="other", client_id="wrong")
    with pytest.raises(Refused):
        Listener(wrong, Kept()).run()


def test_a_broker_that_is_not_there_is_an_error_at_the_start() -> None:
    with pytest.raises(OSError):
        Listener(Broker("127.0.0.1", 1), Kept()).run()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("mqtt://a@broker:1884", ("broker", 1884, False, "a")),
        ("mqtts://broker", ("broker", 8883, True, "")),
        ("mqtt://[::1]", ("::1", 1883, False, "")),
    ],
)
def test_an_address_names_host_port_and_account(address: str, found: tuple[object, ...]) -> None:
    made = Broker.of(address)
    assert found == (made.host, made.port, made.tls, made.user)


@pytest.mark.parametrize("address", ["broker", "http://broker", "mqtt://", "mqtt://a:b@broker", "mqtt://h:99999", "mqtt://h/x"])
def test_an_address_with_a_password_or_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        Broker.of(address)
