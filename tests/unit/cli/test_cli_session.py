"""What a session gives to commands, apart from its hosts."""

from __future__ import annotations

from installer.frontend.session import Session


def test_runs_of_one_process_have_names_of_their_own() -> None:
    """Uninstalling is two runs, which may begin in the same second."""
    session = Session.__new__(Session)
    names = [session.new_run_id() for _ in range(3)]
    assert len(set(names)) == 3
    assert names == sorted(names)
