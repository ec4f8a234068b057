"""The options, markers, fixtures and reports of pytest. Only this room and `bats` import pytest."""
