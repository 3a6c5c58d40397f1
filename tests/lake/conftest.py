"""A lake in a folder of its own, and one session of Spark for all tests that need it."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lantian.lake.store import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake, in a folder such as an office may have."""
    return Lake(str(tmp_path / "数据 lake"))


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A small cluster on this machine: a driver and two executors, each a process of its own."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not on this machine")
    pyspark_sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed")
    names = {
        # Executors find the driver by these, whatever the machine calls itself.
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
        "PYSPARK_PYTHON": sys.executable,
    }
    before = {name: os.environ.get(name) for name in names}
    here = Path.cwd()
    folder = tmp_path_factory.mktemp("spark")
    os.environ.update(names)
    # Workers of such a cluster write below the folder in which it was started.
    os.chdir(folder)
    try:
        session = (
            pyspark_sql.SparkSession.builder.master("local-cluster[2,1,512]")
            .appName("lantian-tests")
            .config("spark.executor.memory", "512m")
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.local.dir", str(folder / "local"))
            .getOrCreate()
        )
    finally:
        os.chdir(here)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    session.sparkContext.setLogLevel("ERROR")
    # It says good-bye when files of logs are gone already.
    logging.getLogger("py4j").setLevel(logging.ERROR)
    yield session
    session.stop()
