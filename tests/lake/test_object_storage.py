"""The lake on object storage, by address and options alone: a server that speaks S3 stands in for it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lantian.lake import engines
from lantian.lake.errors import LakeError
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from lantian.lake.writing import Put
from tests.lake.hours import end_of, hours, station, value

KEY = "test"


@pytest.fixture(scope="module")
def options() -> Iterator[dict[str, str]]:
    """A server with one bucket, and how it is reached."""
    import boto3
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        address = f"http://127.0.0.1:{port}"
        boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=KEY
        ).create_bucket(Bucket="lantian")
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }
    finally:
        server.stop()


@pytest.fixture
def remote(options: dict[str, str], request: pytest.FixtureRequest) -> Lake:
    """An empty lake there."""
    return Lake(f"s3://lantian/{request.node.name}", options)


def test_everything_that_a_lake_does_it_does_on_object_storage(remote: Lake) -> None:
    assert Put(added=4) == remote.put(AIR_HOUR, hours([0, 1], stations=2), batch="a")
    assert Put(added=1, corrected=1) == remote.put(AIR_HOUR, hours([1, 2], add=5), batch="b")
    assert Put(seen=True) == remote.put(AIR_HOUR, hours([1, 2], add=8), batch="b")
    remote.correct(AIR_HOUR, hours([2], add=9), columns=["o3"], batch="c", reason="x")
    rows = remote.read(AIR_HOUR)
    assert [value(0, 0, 5), value(0, 1, 5) + 5, value(0, 2, 5) + 9] == remote.read(AIR_HOUR, station=station(0))[
        "o3"
    ].to_pylist()

    (done,) = remote.compact(AIR_HOUR)

    assert (5, 2, 1) == (done.rows, done.folded, done.files_after)
    assert all(uri.startswith("s3://lantian/") for uri in remote.files(AIR_HOUR))
    assert 0 < remote.vacuum(AIR_HOUR, keep_hours=0)
    assert rows == remote.read(AIR_HOUR)
    assert ["b", "c"] == remote.history(AIR_HOUR)["batch"].to_pylist()
    with engines.duck(remote, threads=1) as duck:
        table = duck.table(AIR_HOUR, span=(end_of(1), end_of(2)))
        assert rows.slice(1, 1)["pm25"].to_pylist() == table.filter(
            (table.station == station(0)) & (table.end == end_of(1))
        ).pm25.to_pyarrow().to_pylist()


def test_writers_on_object_storage_do_not_double_a_key(remote: Lake) -> None:
    together = Barrier(3)

    def write(number: int) -> int:
        together.wait()
        return sum(remote.put(AIR_HOUR, hours([hour], 3, add=number), batch=f"{number}-{hour}").added for hour in (0, 1))

    with ThreadPoolExecutor(3) as pool:
        assert 6 == sum(pool.map(write, range(3)))
    assert 6 == remote.read(AIR_HOUR).num_rows
    assert 12 == remote.history(AIR_HOUR).num_rows


def test_a_copy_of_a_lake_on_object_storage_is_left_to_that_storage(remote: Lake, tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(LakeError, match="copied by the means of that storage"):
        remote.snapshot(tmp_path)
