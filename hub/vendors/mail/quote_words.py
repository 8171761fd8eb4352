"""How mail programs say "what follows was written before", and how mails end. Data only.

Sources: the habits of Outlook (desktop, web, mobile), Gmail, Apple Mail, Thunderbird, Yahoo,
Proton, QQ Mail, NetEase (163, 126), Foxmail and Aliyun in English, Chinese, German, French,
Spanish, Italian, Portuguese, Dutch, Polish, Russian, Ukrainian, Swedish, Danish, Norwegian, Czech,
Turkish, Japanese and Korean.
"""

from __future__ import annotations

import re

# The labels of the block that Outlook, Foxmail and others put above the old mail.
LABELS_FROM = (
    r"From|发件人|寄件者|寄件人|Von|De|Da|Van|Od|От|От кого|Від|Från|Fra|Kimden|Gönderen"
    r"|差出人|送信者|보낸\s?사람|보낸\s?이"
)
LABELS_OTHER = (
    r"Sent|Date|To|Cc|Bcc|Subject|Reply-To|Send Time|Importance"
    r"|发送时间|发送日期|发件时间|日期|时间|收件人|抄送|主题|寄件日期|傳送時間|收件者|副本|主旨"
    r"|Gesendet|Datum|An|Betreff|Envoyé|Date|À|A|Objet|Copie|Enviado(?: el)?|Fecha|Para|Asunto"
    r"|Inviato|Data|Oggetto|Enviada(?: em)?|Assunto|Verzonden|Aan|Onderwerp"
    r"|Wysłano|Wysłane|Do|Temat|DW|Отправлено|Дата|Кому|Тема|Копия|Надіслано"
    r"|Skickat|Till|Ämne|Sendt|Til|Emne|Gönderildi|Tarih|Kime|Konu|Odesláno|Komu|Předmět|Kopie"
    r"|送信日時|日付|宛先|件名|보낸\s?날짜|날짜|받는\s?사람|제목|참조"
)
SEPARATORS = (
    r"[-_=*\s]{2,}\s*(?:Original\s+(?:Message|Mail|E-?mail|Appointment)|Original"
    r"|原始邮件|原邮件|原郵件|原始郵件|回复的原邮件|邮件原件"
    r"|Ursprüngliche (?:Nachricht|E-Mail)|Message d['’]origine|Message original"
    r"|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht"
    r"|Oryginalna wiadomość|Wiadomość oryginalna|Исходное сообщение|Пересланное письмо"
    r"|Ursprungligt meddelande|Oprindelig meddelelse|Opprinnelig melding|Orijinal Mesaj"
    r"|Původní (?:zpráva|e-mail)|元のメッセージ|원본 메시지|원본 메일"
    r")\s*[-_=*\s]{2,}",
    r"\|?\s*-{2,}\s*(?:回复的原邮件|Replied Message|原始邮件)\s*-{2,}\s*\|?",
    r"-{4,}\s*(?:发件人|From)\s*[:：].*-{4,}\s*",  # Aliyun
    r"-{2,}\s*(?:On|在)\s.{6,300}(?:wrote|写道|編寫|寫道)\s*[:：]?\s*-{2,}",  # Zoho
)
# Sentences above a quote. These may be broken over three lines by the sender's mail program;
# without an attribution's colon they mean nothing.
ATTRIBUTIONS = (
    r"On\s.{6,300}\bwrote\s*[:：]",
    r"在\s?.{4,300}(?:写道|寫道|编写|編寫|來信|来信)\s*[:：]",
    r"At\s\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?,?\s.{2,300}\bwrote\s*[:：]",  # NetEase
    r"\d{4}[-/年.]\s?\d{1,2}[-/月.].{4,300}(?:写道|寫道|wrote)\s*[:：]",
    r"Am\s.{6,300}\bschrieb\b.{0,200}[:：]",
    r"Le\s.{6,300}\ba écrit\s*[:：]",
    r"El\s.{6,300}\bescribió\s*[:：]",
    r"Il\s(?:giorno\s)?.{6,300}\bha scritto\s*[:：]",
    r"(?:Em|No dia|A)\s.{6,300}\bescreveu\s*[:：]",
    r"Op\s.{6,300}\bschreef\b.{0,200}[:：]",
    r"(?:Den|På)\s.{6,300}\bskrev\b.{0,200}[:：]",
    r"(?:W dniu|Dnia)\s.{6,300}\b(?:pisze|napisał(?:a|\(a\))?)\s*[:：]",
    r"\d{4}\s?[年년.]\s?\d{1,2}\s?[月월.].{4,300}"
    r"(?:書きました|のメール|작성|쓰신 글|썼습니다)\s*[:：]?",
)
# These, which begin with anything, stand on one line.
LINE_ATTRIBUTIONS = (
    r".{4,200}(?:于|於)\s?.{4,200}(?:写道|寫道)\s*[:：]",
    r".{2,200}<[^<>\s]+@[^<>\s]+>\s*(?:wrote|写道|寫道|schrieb|a écrit|escribió|ha scritto"
    r"|escreveu|schreef|skrev|пишет|пише|написал(?:а|\(а\))?)\s*[:：]",
    r".{2,200}\bschrieb am\s.{6,200}[:：]",
    r".{6,200}\d.{0,200}\s(?:пишет|пише|написал(?:а|\(а\))?|написав(?:ла)?|napsal(?:a|\(a\))?"
    r"|napisał(?:a|\(a\))?|pisze|skrev .{2,80}|tarihinde şunu yazdı)\s*[:：]",
    r".{2,200}さん(?:は|が).{0,200}書きました\s*[:：]?",
    r".{2,200}님이?\s?.{0,100}(?:작성|쓰신 글|썼습니다)\s*[:：]",
    # In whatever language: a year, a time and an address, closed by a colon.
    r"(?=.*\b(?:19|20)\d\d(?:\b|年|년))(?=.*\d{1,2}[:.]\d\d).{6,200}<[^<>\s]+@[^<>\s]+>.{0,40}[:：]",
)
FORWARDS = (
    r"-{2,}\s*(?:Forwarded [Mm]essage|转发的?邮件(?:信息)?|轉寄的?郵件"
    r"|Weitergeleitete Nachricht"
    r"|Message transféré|Mensaje reenviado|Messaggio inoltrato|Mensagem encaminhada"
    r"|Doorgestuurd bericht|Пересылаемое сообщение|Пересланное сообщение|Forwarded by .{0,100}"
    r"|転送メッセージ|전달된 메시지)\s*-{0,}",
    r"(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)"
    r"|Début du message (?:transféré|réexpédié)|Inicio del mensaje reenviado"
    r"|Inizio messaggio inoltrato"
    r"|Início da mensagem (?:reencaminhada|encaminhada)|Начало переадресованного сообщения"
    r"|以下是转发的邮件|開始轉寄郵件|転送されたメッセージ|전달된 메시지 시작)\s*[:：]",
)
# Last lines that a program adds.
SENT_FROM = (
    r"(?:Sent|Send) (?:from|with|via|using) (?:my |the |a )?.{2,60}",
    r"Get Outlook for .{2,20}",
    r"(?:发自|發自|来自|來自|发送自)\s?(?:我的|新浪|网易|手机|QQ|Windows|iPhone|iPad|Android|Outlook).{0,30}",
    r"(?:从|從)\s?我的\s?.{2,30}(?:发送|傳送|寄出)",
    r"(?:发送自|獲取|获取|下载)\s?.{0,10}Outlook.{0,20}",
    r"\|?\s?来自\s?.{2,30}(?:邮箱|版邮件|大师)\s?\|?",
    r"(?:Von meinem .{2,40} gesendet|Gesendet (?:von|mit) .{2,60})",
    r"Envoyé (?:de|depuis|à partir de|avec) .{2,60}",
    r"Enviado (?:desde|do|de|a partir do|com) .{2,60}",
    r"Inviato (?:da|dal|con) .{2,60}",
    r"(?:Verstuurd|Verzonden) (?:vanaf|met|via|vanuit) .{2,60}",
    r"(?:Wysłane|Wysłano) z .{2,60}",
    r"(?:Отправлено|Надіслано) (?:с|из|з|от) .{2,60}",
    r"(?:Skickat från|Sendt fra|Sendt med) .{2,60}",
    r"Odesláno z .{2,60}",
    r".{2,40}(?:['’]?(?:dan|den|tan|ten|um'dan)) gönderildi\.?",
    r".{2,30}から送信",
    r"(?:나의|내) .{2,30}에서 (?:보냄|보낸 메일)",
)
# First words of a notice that lawyers put below every mail.
DISCLAIMERS = (
    r"(?:CONFIDENTIALITY|LEGAL|PRIVACY)\s?(?:NOTICE|DISCLAIMER|STATEMENT)",
    r"DISCLAIMER\b",
    r"(?:This|The (?:information|contents?) (?:in|of) this) (?:e-?mail|message|communication)\b"
    r".{0,120}(?:confidential|intended|privileged|attachments?)",
    r"(?:【?(?:保密|免责|免責|機密)(?:声明|聲明|提示|须知)】?)",
    r"(?:本|此)(?:电子)?(?:邮件|郵件|電子郵件).{0,40}(?:保密|机密|機密|附件|仅供|僅供)",
    r"Diese E-?Mail.{0,80}(?:vertraulich|Anh[aä]ng)",
    r"(?:Ce (?:message|courriel|mail)|Cet e-?mail).{0,80}(?:confidentiel|pièces? jointes?)",
    r"Este (?:mensaje|correo|e-?mail|mensagem).{0,80}(?:confidencial|adjunt|anex)",
    r"(?:Questo messaggio|Questa e-?mail|Il presente messaggio).{0,80}(?:riservat|confidenzial)",
    r"(?:Esta mensagem|Esta e-?mail).{0,80}confidencia",
    r"(?:Dit bericht|Deze e-?mail).{0,80}vertrouwelijk",
    r"(?:Это (?:сообщение|письмо)|Настоящее сообщение).{0,80}конфиденциальн",
    r"このメール.{0,60}(?:機密|秘密)",
    r"이 (?:메일|메시지).{0,60}(?:기밀|비밀)",
)


def any_of(patterns: tuple[str, ...], *, whole: bool = True) -> re.Pattern[str]:
    """Return one pattern for lines (stripped) that are any of `patterns`, or begin so."""
    return re.compile(rf"(?:{'|'.join(patterns)}){'$' if whole else ''}", re.I | re.S)
