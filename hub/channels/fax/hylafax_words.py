"""What HylaFAX's mails say in its other languages (etc/hylafax/templates of 6.0.7). Pure.

A subject is what stands before and behind the job and its destination, in its template; a label
what stands before a fact; a sentence what a result begins with, before the number.
"""

from __future__ import annotations

import re

_DE = (r"Fax Auftrag", "an")
_ES = (r"trabajo fax", "a")
_FR = (r"Télécopie travail", "à")
_IT = (r"fax", "per")
_PL = (r"(?:fax zadanie|Zadanie FAX)", "do")
_PT = (r"fax", "para")
_RO = (r"Fax", "către")

_DONE = (
    (_DE, r" abgeschlossen"), (_ES, r" se ha c[uo]mpletado"), (_FR, r" complétée"),
    (_IT, r" completato"), (_PL, r" zakończone"), (_PT, r" enviado"), (_RO, r" finalizat"),
)  # fmt: skip
_FAILED = (
    (_DE, r" (?:fehlgeschlagen|blockiert|von der Verarbeitungswarteschlange entfernt)"),
    (_ES, r" (?:falló|bloqueado|eliminado de la memoria para env[ií]o)"),
    (_FR, r" (?:a échoué|bloquée|rejetée|supprimée de la file d.attente)"),
    (_IT, r" (?:fallito|bloccato|rimosso dalla coda)"),
    (_PL, r" (?:nieudane|usunięto z kolejki|zablokowane)"),
    (_PT, r" (?:falhou|bloqueado|removido da memória)"),
    (_RO, r" (?:eşuat|este blocat|şters din coadă)"),
)
_REQUEUED = (
    (_DE, r" wiedereingefügt"), (_ES, r" ha sido puesto e[mn] memoria"),
    (_FR, r" remis en file d.attente"), (_IT, r" riaccodato"), (_PL, r" nie zostało wysłane"),
    (_PT, r" colocado (?:em|na) memória"), (_RO, r"\d"),
)  # fmt: skip
RECEIVED = re.compile(
    r"^(?:Fax empfangen von|Fax recibido de|Télécopie reçue de|Fax ricevuto da|Odebrano fax od"
    r"|Fax recepcionado de|Fax recebido de|Fax primit de la)\b",
    re.I,
)
SENDER = (
    r"(?:Sender|Remitente|Expéditeur|Mittente|Nadawca|Remetente|Expeditor)"  # what it calls itself
)
CALLER = r"(?:CallID|Anrufe ID|ID Llamada|Połączenie ID|ID Chamada) ?1"
RECEIVED_AT = r"(?:Received|Empfangen|Recibido|Reçu le|Ricevuto|Otrzymano|Recebido|Recepţionat)"
COMMUNICATION = r"(?:CommID|KommunikationsID|IDCom|Nº de communication|ID Komunikacji)"
DESTINATION = r"(?:Destination|Ziel|Destino|Destinatario|Adresat|Destinatário|Destinaţie)"
YOUR_JOB = (
    r"(?:Your job to|Ihr Fax Auftrag an|Su trabajo fax para|Votre télécopie à|Il fax per"
    r"|Zadanie fax do|O seu fax para|(?:(?:Fax-?ul|Sesiunea) )?către)"
)
PAGES = r"(?:Pages|Seiten|Páginas|Pagine|Stron|Pagini)"
STATUS = r"(?:Status|Estado|État|Stato|Stan|Stare)"


def subjects(kind: str) -> tuple[re.Pattern[str], ...]:
    """Return how a subject begins and ends that says `kind`: done, failed or requeued."""
    rows = {"done": _DONE, "failed": _FAILED, "requeued": _REQUEUED}[kind]
    # Looked ahead, and bounded: a line is gone through once for each half, whatever stands in it.
    return tuple(
        re.compile(rf"^{before} (?=[^\n]{{1,300}} {to} )[^\n]{{1,500}}{end}$", re.I)
        for (before, to), end in rows
    )
