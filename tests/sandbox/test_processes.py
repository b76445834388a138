"""Ports of the sandbox's programs."""

import socket

from sandbox.processes import QUIET, free_port, free_ports


def test_ports_are_apart_from_those_that_connections_take_on_their_own() -> None:
    found = free_ports(50)
    assert len(set(found)) == 50
    assert set(found) <= set(QUIET)


def test_a_wanted_port_is_kept_as_long_as_it_is_free() -> None:
    port = free_port(0)
    assert free_port(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        assert free_port(port) != port
