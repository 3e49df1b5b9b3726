"""Starts a program of PostgreSQL, even as root. Run as a script, by itself: `launcher.py LOG PROGRAM [ARGUMENT…]`.

PostgreSQL refuses to run as root. Root's child therefore enters a user namespace in which root's uid is mapped to that of another
account (one in passwd, since initdb looks it up); outside, processes and files still belong to root. The child maps itself, for which it
must have only one thread. With a log it detaches, so that init reaps the server and Ctrl-C does not reach it.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

NO_NAMESPACE_STATUS = 77  # The exit status if root cannot create a user namespace.
CLONE_NEWUSER = 0x10000000


def enter_user_namespace() -> None:
    """Enter a user namespace in which this process is not root."""
    uid = next((account.pw_uid for account in pwd.getpwall() if account.pw_uid), 1000)
    maps = {"setgroups": "deny", "uid_map": f"{uid} 0 1", "gid_map": f"{uid} {os.getegid()} 1"}
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):  # os.unshare is new in Python 3.12.
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in maps.items():
        os.write(os.open(f"/proc/self/{name}", os.O_WRONLY), text.encode())


def detach(log: str) -> None:
    """Leave the caller's session, and write output to the log."""
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)


def main(log: str, *command: str) -> None:
    if os.geteuid() == 0:
        try:
            enter_user_namespace()
        except (OSError, AttributeError) as error:  # AttributeError: the system has no unshare.
            print(error)
            sys.exit(NO_NAMESPACE_STATUS)
    if log:
        detach(log)
    os.execv(command[0], command)  # noqa: S606  # The command is our own, and needs no shell.


if __name__ == "__main__":
    main(*sys.argv[1:])
