"""HylaFAX without a modem: its own `faxrcvd` and `notify` on a private spool, their mails caught.

The scripts are Debian's (hylafax-server), installed or unpacked: `tools/system-parts` unpacks them
below build/hylafax. No daemon runs, nothing leaves: `SENDMAIL` is a script that keeps what it is
given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_UNPACKED = Path(__file__).parents[2] / "build" / "hylafax"
_SPOOL = Path("var/spool/hylafax")
_PATIENCE_S = 120


class HylaFaxMissing(Exception):
    """HylaFAX's scripts are not on this machine: run tools/system-parts."""


def _root() -> Path:
    for root in (Path("/"), _UNPACKED):
        if (root / _SPOOL / "bin/faxrcvd").exists():
            return root
    raise HylaFaxMissing("hylafax-server")


class PrivateHylaFax:
    """A spool in `folder` as faxsetup leaves it, whose scripts mail to `mail_to`."""

    def __init__(self, folder: Path, mail_to: str) -> None:
        root = _root()
        self._folder, self._mail_to = folder, mail_to
        self._sent = folder / "sent"
        for name in ("etc", "recvq", "doneq", "log", "tmp", "sbin", "sent"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(root / _SPOOL / "bin", folder / "bin")
        shutil.copytree(root / "etc/hylafax/templates", folder / "etc/templates")
        library = root / "usr/lib/hylafax"
        self._script("sbin/faxinfo", f'LD_LIBRARY_PATH={library} exec {library}/bin/faxinfo "$@"')
        self._script("sbin/sendmail", f'exec cat >"$(mktemp {self._sent}/XXXXXXXX)"')
        (folder / "etc/setup.cache").write_text(
            f"AWK=awk\nSED=sed\nGREP=grep\nTTYCMD=false\nENCODING=base64\n"
            f"SBIN={folder}/sbin\nSENDMAIL={folder}/sbin/sendmail\n"
        )

    def receive(
        self, document: bytes, caller: str, name: str, error: str = "", language: str = "en"
    ) -> bytes:
        """Return the mail of `faxrcvd` about a fax that came in: the TIFF, whose tags name the
        sending machine, and what the line told of the caller. `language`: a folder of templates."""
        (self._folder / "etc/FaxDispatch").write_text(
            f"SENDTO={self._mail_to}\nFILETYPE=tif\nNOTIFY_FAXMASTER=never\nTEMPLATE={language}\n"
        )
        (self._folder / "recvq/fax000000017.tif").write_bytes(document)
        return self._run(
            "faxrcvd", "recvq/fax000000017.tif", "ttyS0", "000000042", error, caller, name
        )

    def notify(
        self, why: str, tag: str, number: str, pages: int, status: str = "", language: str = "en"
    ) -> bytes:
        """Return the mail of `notify` about our job: `why` is done, failed, requeued, …; `tag` what
        the job was called by, `status` why it did not arrive, `language` a folder of templates."""
        (self._folder / "etc/FaxNotify").write_text(f"TEMPLATE={language}\n")
        job = {
            "jobid": "117",
            "groupid": "117",
            "commid": "000000044",
            "jobtag": tag,
            "jobtype": "facsimile",
            "notify": "always",
            "mailaddr": self._mail_to,
            "external": number,
            "sender": "Shop Sales",
            "npages": str(pages),
            "totpages": str(pages),
            "modem": "ttyS0",
            "client": "localhost",
            "status": status,
        }
        lines = "".join(f"{key}:{value}\n" for key, value in job.items())
        (self._folder / "doneq/q117").write_text(lines)
        return self._run("notify", "doneq/q117", why, "1:20", "12:45")

    def _run(self, script: str, *arguments: str) -> bytes:
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(self._folder / "tmp")}
        subprocess.run(  # noqa: S603 - Debian's scripts on a spool of this test
            ["/bin/bash", f"bin/{script}", *arguments],
            cwd=self._folder,
            env=environment,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=True,
        )
        (mail,) = self._sent.iterdir()
        raw = mail.read_bytes()
        mail.unlink()
        return raw

    def _script(self, name: str, line: str) -> None:
        path = self._folder / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
