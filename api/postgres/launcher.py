"""Starts a program of PostgreSQL, as root too. Run as a script, by itself: `launcher.py LOG PROGRAM [ARGUMENT…]`.

PostgreSQL refuses to run as root. So root's child enters a user namespace where root's uid goes by the number of another account
(of one in passwd, since initdb looks it up); outside, processes and files remain root's. The child maps itself, and must have one
thread. Given a log it detaches, so that init reaps the server, and Ctrl-C does not reach it.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

NO_NAMESPACE_STATUS = 77  # The exit status where root gets no user namespace.
CLONE_NEWUSER = 0x10000000


def enter_user_namespace() -> None:
    """Enter a user namespace in which we are not root."""
    uid = next((account.pw_uid for account in pwd.getpwall() if account.pw_uid), 1000)
    maps = {"setgroups": "deny", "uid_map": f"{uid} 0 1", "gid_map": f"{uid} {os.getegid()} 1"}
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):  # os.unshare is new in Python 3.12.
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, text in maps.items():
        os.write(os.open(f"/proc/self/{name}", os.O_WRONLY), text.encode())


def detach(log: str) -> None:
    """Leave the caller's session, and write to the log."""
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
        except (OSError, AttributeError) as error:  # AttributeError: a system without unshare.
            print(error)
            sys.exit(NO_NAMESPACE_STATUS)
    if log:
        detach(log)
    os.execv(command[0], command)  # noqa: S606  # The command is ours, and no shell is wanted.


if __name__ == "__main__":
    main(*sys.argv[1:])
