"""LanTian (蓝天): the open command platform for air-pollution campaigns."""

__version__ = "0.1.0"
