"""Addresses of lists, their entries and sources."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
