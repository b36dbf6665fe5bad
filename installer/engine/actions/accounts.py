"""``Account``: the user that a service runs as."""

from __future__ import annotations

from installer.engine.change import Change
from installer.engine.world import World
from installer.remote.operations import AddAccount, RemoveAccount
from runbook.actions import Account
from runbook.probes import AccountAt, AccountState, Probe
from runbook.text import T


def probes(action: Account) -> list[Probe]:
    """The account as it is."""
    return [AccountAt(action.name)]


def account(action: Account, world: World) -> Change | None:
    """Create the account unless a user of that name exists; that one is used as it is."""
    if world.account(AccountAt(action.name)).exists:
        return None
    world.will_have_account(action.name, AccountState(exists=True, group=action.name))
    return Change(
        kind="account",
        target=action.name,
        summary=T("create the system user {name}", name=action.name),
        why=action.why,
        details=((f"{action.name}: {action.home}, {action.shell}", ""),),
        operations=(AddAccount(action.name, action.home, action.shell),),
        undo=(RemoveAccount(action.name),),
    )
