"""Answers as mail programs write them: what is new, and what must be folded."""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    """`text` is the mail; `new` what must be visible of it."""

    program: str
    text: str
    new: str


_ATTRIBUTED = (  # program and language; the sentence above the quote
    ("Gmail en", "On Tue, Mar 10, 2026 at 1:05 PM Jane Doe <jane@x.example> wrote:"),
    ("Gmail en, broken", "On Tue, Mar 10, 2026 at 1:05 PM Jane Doe <\njane@x.example> wrote:"),
    ("Apple en", "On 10 Mar 2026, at 13:05, Jane Doe <jane@x.example> wrote:"),
    ("Thunderbird en", "On 3/10/26 1:05 PM, Jane Doe wrote:"),
    ("Yahoo en", "On Tuesday, March 10, 2026 at 01:05:00 PM GMT+8, Jane <j@x.example> wrote:"),
    ("Proton en", "On Tuesday, March 10th, 2026 at 1:05 PM, Jane <j@x.example> wrote:"),
    ("NetEase en", 'At 2026-03-10 13:05:00, "Jane" <jane@x.example> wrote:'),
    ("Gmail zh-CN", "Jane Doe <jane@x.example> 于2026年3月10日周二 13:05写道："),
    ("Gmail zh-TW", "Jane Doe <jane@x.example> 於 2026年3月10日 週二 下午1:05寫道："),
    ("Apple zh-CN", "在 2026年3月10日，13:05，Jane Doe <jane@x.example> 写道："),
    ("Apple zh-TW", "Jane Doe <jane@x.example> 於 2026年3月10日 下午1:05 寫道："),
    ("Thunderbird zh-CN", "在 2026/3/10 13:05, Jane Doe 写道:"),
    ("NetEase zh", '在 2026-03-10 13:05:00，"Jane" <jane@x.example> 写道：'),
    ("Gmail de", "Am Di., 10. März 2026 um 13:05 Uhr schrieb Jane Doe <jane@x.example>:"),
    ("Apple de", "Am 10.03.2026 um 13:05 schrieb Jane Doe <jane@x.example>:"),
    ("Thunderbird de", "Am 10.03.26 um 13:05 schrieb Jane Doe:"),
    ("Proton de", "Jane Doe <jane@x.example> schrieb am Dienstag, 10. März 2026 um 13:05:"),
    ("Gmail fr", "Le mar. 10 mars 2026 à 13:05, Jane Doe <jane@x.example> a écrit :"),
    ("Apple fr", "Le 10 mars 2026 à 13:05, Jane Doe <jane@x.example> a écrit :"),
    ("Thunderbird fr", "Le 10/03/2026 à 13:05, Jane Doe a écrit :"),
    ("Gmail es", "El mar, 10 mar 2026 a las 13:05, Jane Doe (<jane@x.example>) escribió:"),
    ("Thunderbird es", "El 10/3/26 a las 13:05, Jane Doe escribió:"),
    ("Gmail it", "Il giorno mar 10 mar 2026 alle ore 13:05 Jane <j@x.example> ha scritto:"),
    ("Apple it", "Il giorno 10 mar 2026, alle ore 13:05, Jane Doe <j@x.example> ha scritto:"),
    ("Thunderbird it", "Il 10/03/2026 13:05, Jane Doe ha scritto:"),
    ("Gmail pt", "Em ter., 10 de mar. de 2026 às 13:05, Jane <j@x.example> escreveu:"),
    ("Apple pt", "No dia 10/03/2026, às 13:05, Jane Doe <j@x.example> escreveu:"),
    ("Gmail nl", "Op di 10 mrt 2026 om 13:05 schreef Jane Doe <jane@x.example>:"),
    ("Gmail pl", "wt., 10 mar 2026 o 13:05 Jane Doe <jane@x.example> napisał(a):"),
    ("Thunderbird pl", "W dniu 10.03.2026 o 13:05, Jane Doe pisze:"),
    ("Gmail ru", "вт, 10 мар. 2026 г. в 13:05, Jane Doe <jane@x.example>:"),
    ("Apple ru", "10 марта 2026 г., в 13:05, Jane Doe <jane@x.example> написал(а):"),
    ("Thunderbird ru", "10.03.2026 13:05, Jane Doe пишет:"),
    ("Mail.ru", "Вторник, 10 марта 2026, 13:05 +03:00 от Jane Doe <jane@x.example>:"),
    ("Gmail uk", "вт, 10 бер. 2026 р. о 13:05 Jane Doe <jane@x.example> пише:"),
    ("Gmail sv", "Den tis 10 mars 2026 kl 13:05 skrev Jane Doe <jane@x.example>:"),
    ("Gmail da", "Den tirs. 10. mar. 2026 kl. 13.05 skrev Jane Doe <jane@x.example>:"),
    ("Gmail no", "tir. 10. mar. 2026 kl. 13:05 skrev Jane Doe <jane@x.example>:"),
    ("Gmail cs", "út 10. 3. 2026 v 13:05 odesílatel Jane Doe <jane@x.example> napsal:"),
    ("Gmail tr", "Jane Doe <jane@x.example>, 10 Mar 2026 Sal, 13:05 tarihinde şunu yazdı:"),
    ("Gmail ja", "2026年3月10日(火) 13:05 Jane Doe <jane@x.example>:"),
    ("Apple ja", "2026/03/10 13:05、Jane Doe <jane@x.example>のメール:"),
    ("Thunderbird ja", "2026/03/10 13:05 に Jane Doe さんは書きました:"),
    ("Gmail ko", "2026년 3월 10일 (화) 오후 1:05, Jane Doe <jane@x.example>님이 작성:"),
    ("Apple ko", "2026. 3. 10. 오후 1:05, Jane Doe <jane@x.example> 작성:"),
)
_BLOCKS = (  # program and language; the labels above the old mail
    ("Outlook en", "From: Jane\nSent: Tuesday, March 10, 2026 1:05 PM\nTo: Us\nSubject: Order"),
    ("Outlook web en", "________________________________\nFrom: Jane\nSent: x\nTo: Us\nSubject: y"),
    ("Outlook zh-CN", "发件人: Jane\n发送时间: 2026年3月10日 13:05\n收件人: Us\n主题: Order"),
    ("Outlook zh-TW", "寄件者: Jane\n寄件日期: 2026年3月10日 13:05\n收件者: Us\n主旨: Order"),
    ("Foxmail zh", "发件人： Jane\n发送时间： 2026-03-10 13:05\n收件人： Us\n主题： Order"),
    ("Outlook de", "Von: Jane\nGesendet: Dienstag, 10. März 2026 13:05\nAn: Us\nBetreff: Order"),
    ("Outlook fr", "De : Jane\nEnvoyé : mardi 10 mars 2026 13:05\nÀ : Us\nObjet : Order"),
    ("Outlook es", "De: Jane\nEnviado el: martes, 10 de marzo de 2026 13:05\nPara: Us\nAsunto: Or"),
    ("Outlook it", "Da: Jane\nInviato: martedì 10 marzo 2026 13:05\nA: Us\nOggetto: Order"),
    ("Outlook pt", "De: Jane\nEnviada em: terça-feira, 10 de março de 2026\nPara: Us\nAssunto: O"),
    ("Outlook nl", "Van: Jane\nVerzonden: dinsdag 10 maart 2026 13:05\nAan: Us\nOnderwerp: Order"),
    ("Outlook pl", "Od: Jane\nWysłano: wtorek, 10 marca 2026 13:05\nDo: Us\nTemat: Order"),
    ("Outlook ru", "От: Jane\nОтправлено: вторник, 10 марта 2026 13:05\nКому: Us\nТема: Order"),
    ("Outlook sv", "Från: Jane\nSkickat: den 10 mars 2026 13:05\nTill: Us\nÄmne: Order"),
    ("Outlook tr", "Kimden: Jane\nGönderildi: 10 Mart 2026 Salı 13:05\nKime: Us\nKonu: Order"),
    ("Outlook ja", "差出人: Jane\n送信日時: 2026年3月10日 13:05\n宛先: Us\n件名: Order"),
    ("Outlook ko", "보낸 사람: Jane\n보낸 날짜: 2026년 3월 10일\n받는 사람: Us\n제목: Order"),
    ("Outlook bold", "*From:* Jane\n*Sent:* Tuesday\n*To:* Us\n*Subject:* Order"),
    ("Date first", "Date: Tue, 10 Mar 2026\nFrom: Jane\nTo: Us\nSubject: Order"),
    ("old Outlook en", "-----Original Message-----\nFrom: Jane"),
    ("old Outlook de", "-----Ursprüngliche Nachricht-----\nVon: Jane"),
    ("old Outlook fr", "-----Message d'origine-----\nDe : Jane"),
    ("old Outlook es", "-----Mensaje original-----\nDe: Jane"),
    ("old Outlook it", "-----Messaggio originale-----\nDa: Jane"),
    ("old Outlook pt", "-----Mensagem original-----\nDe: Jane"),
    ("old Outlook ru", "-----Исходное сообщение-----\nОт: Jane"),
    ("old Outlook ko", "-----원본 메시지-----\n보낸 사람: Jane"),
    ("QQ zh", '------------------ 原始邮件 ------------------\n发件人: "Jane" <j@x.example>;'),
    ("QQ en", "------------------ Original ------------------\nFrom: Jane"),
    ("NetEase master zh", "---- 回复的原邮件 ----\n| 发件人 | Jane<j@x.example> |"),
    (
        "Aliyun zh",
        "------------------------------------------------------------------\n发件人：Jane\n"
        "发送时间：2026年3月10日\n收件人：Us\n主　题：Order",
    ),
    ("Zoho en", "---- On Tue, 10 Mar 2026 13:05:00 +0800 Jane <j@x.example> wrote ----"),
    ("Proton original", "------- Original Message -------\nOn Tuesday, Jane wrote:"),
)
_SIGNATURES = (
    ("mark", "-- \nTom Miller\nACME Ltd."),
    ("mark without blank", "--\nTom"),
    ("iPhone en", "Sent from my iPhone"),
    ("Samsung en", "Sent from my Galaxy"),
    ("Outlook mobile en", "Get Outlook for iOS<https://aka.ms/o0ukef>"),
    ("Windows Mail en", "Sent from Mail for Windows"),
    ("Yahoo en", "Sent from Yahoo Mail for iPhone"),
    ("Proton en", "Sent with Proton Mail secure email."),
    ("iPhone zh-CN", "发自我的iPhone"),
    ("iPhone zh-TW", "從我的 iPhone 傳送"),
    ("Xiaomi zh", "发自我的小米手机"),
    ("Outlook zh", "获取 Outlook for iOS"),
    ("NetEase master zh", "发自 网易邮箱大师"),
    ("iPhone de", "Von meinem iPhone gesendet"),
    ("iPhone fr", "Envoyé de mon iPhone"),
    ("iPhone es", "Enviado desde mi iPhone"),
    ("iPhone it", "Inviato da iPhone"),
    ("iPhone pt", "Enviado do meu iPhone"),
    ("iPhone nl", "Verstuurd vanaf mijn iPhone"),
    ("iPhone pl", "Wysłane z iPhone'a"),
    ("iPhone ru", "Отправлено с iPhone"),
    ("iPhone ja", "iPhoneから送信"),
    ("iPhone ko", "나의 iPhone에서 보냄"),
    ("iPhone tr", "iPhone'umdan gönderildi"),
    ("notice en", "CONFIDENTIALITY NOTICE: This e-mail is for its recipient only.\nDelete it."),
    ("notice en 2", "This email and any attachments are confidential and intended solely for you."),
    ("notice zh", "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人。"),
    ("notice de", "Diese E-Mail enthält vertrauliche Informationen."),
    ("notice fr", "Ce message et ses pièces jointes sont confidentiels."),
)
_OLD = "> Hello,\n> where is my order?\n> Jane"

TEXTS: tuple[Answer, ...] = (
    *(
        Answer(name, f"Yes, it is.\n\n{line}\n{_OLD}\n", "Yes, it is.")
        for name, line in _ATTRIBUTED
    ),
    *(Answer(name, f"Yes.\nTom\n\n{block}\n\nHello\n", "Yes.\nTom") for name, block in _BLOCKS),
    *(Answer(name, f"Yes, please.\n\n{end}", "Yes, please.") for name, end in _SIGNATURES),
    Answer("signature and quote", f"Yes.\n\n-- \nTom\n\n{_ATTRIBUTED[0][1]}\n{_OLD}", "Yes."),
    Answer("iPhone and quote", f"Yes.\n\nSent from my iPhone\n\n> On 10 Mar\n{_OLD}", "Yes."),
    Answer(
        "answer below", f"{_ATTRIBUTED[0][1]}\n{_OLD}\n\nYes, it is.\n\n-- \nTom", "Yes, it is."
    ),
    Answer(
        "answers between",
        f"{_ATTRIBUTED[0][1]}\n> red?\nYes.\n> big?\nNo.",
        f"{_ATTRIBUTED[0][1]}\n> red?\nYes.\n> big?\nNo.",
    ),
    Answer("short quote above", "> red?\nYes.", "> red?\nYes."),
    Answer(
        "forwarded in the text",
        "FYI\n---------- Forwarded message ---------\nFrom: a\nDate: b\nSubject: c\nTo: d\n\nhi",
        "FYI\n---------- Forwarded message ---------\nFrom: a\nDate: b\nSubject: c\nTo: d\n\nhi",
    ),
    Answer(
        "forwarded by Apple", "Begin forwarded message:\n\n> hi", "Begin forwarded message:\n\n> hi"
    ),
    Answer("only a quote", _OLD, _OLD),
    Answer("only a signature", "-- \nTom", "-- \nTom"),
    Answer(
        "a list is no quote",
        "I need:\n- a pump\n-- spare\n- oil",
        "I need:\n- a pump\n-- spare\n- oil",
    ),
    Answer("words that end so", "He wrote:\nplease call", "He wrote:\nplease call"),
    Answer("a form", "From: Berlin\nTo: Hamburg\nwhen?", "From: Berlin\nTo: Hamburg\nwhen?"),
    Answer("a greeting stays", "Yes.\n\nBest regards\nTom", "Yes.\n\nBest regards\nTom"),
)

_CITED = "<blockquote type='cite'><p>where is it?</p></blockquote>"
HTMLS: tuple[Answer, ...] = (
    Answer(
        "Gmail",
        "<div dir='ltr'>Yes</div><br><div class='gmail_quote'><div class='gmail_attr'>Il 1, x: <br>"
        "</div><blockquote class='gmail_quote'>where is it?</blockquote></div>",
        "Yes",
    ),
    Answer(
        "Gmail with signature",
        "<div>Yes</div><div class='gmail_signature'>Tom, ACME</div><div class='gmail_quote'>On 1 x"
        "<blockquote>where is it?</blockquote></div>",
        "Yes",
    ),
    Answer(
        "Gmail, answered between",
        "<div class='gmail_quote'><div>On 1 Mar 2026 at 1:05 PM A &lt;a@b.example&gt; wrote:</div>"
        "<blockquote>red?</blockquote><div>Yes</div><blockquote>big?</blockquote><div>No</div></div>",
        "On 1 Mar 2026 at 1:05 PM A <a@b.example> wrote:\n\nred?\n\nYes\n\nbig?\n\nNo",
    ),
    Answer(
        "Gmail, forwarded",
        "<div>FYI</div><div class='gmail_quote'><div>---------- Forwarded message ---------"
        "<br>From: a</div>where is it?</div>",
        "FYI\n---------- Forwarded message ---------\nFrom: a\nwhere is it?",
    ),
    Answer(
        "Outlook web",
        "<div>Yes</div><div id='Signature'>Tom</div><div id='appendonsend'></div><hr>"
        "<div id='divRplyFwdMsg'><b>Von:</b> J<br><b>An:</b> U</div><div>where is it?</div>",
        "Yes",
    ),
    Answer(
        "Outlook desktop",
        "<p>Yes</p><div><div><p><b>From:</b> J<br><b>Sent:</b> x<br><b>To:</b> U<br>"
        "<b>Subject:</b> y</p></div></div><p>where is it?</p>",
        "Yes",
    ),
    Answer(
        "Outlook for iOS",
        "<div>Yes</div><div id='ms-outlook-mobile-signature'>Get Outlook for iOS</div>"
        "<div class='ms-outlook-mobile-reference-message'><hr>where is it?</div>",
        "Yes",
    ),
    Answer("Apple", f"<div>Yes</div><div><br>{_CITED}</div>", "Yes"),
    Answer(
        "Apple with its sentence",
        f"Yes<div><br><div>On 10 Mar 2026, at 13:05, A wrote:</div><br>{_CITED}</div>",
        "Yes",
    ),
    Answer("iPhone", f"Yes<br><br><div>发自我的iPhone</div><div>{_CITED}</div>", "Yes"),
    Answer(
        "Thunderbird, answered below",
        f"<div class='moz-cite-prefix'>Am 10.03.26 um 13:05 schrieb Jane Doe:<br></div>{_CITED}"
        "<p>Yes</p><pre class='moz-signature'>-- \nTom</pre>",
        "Yes",
    ),
    Answer(
        "Thunderbird, between",
        f"<p>a</p>{_CITED}<p>Yes</p>{_CITED}<p>No</p>",
        "a\n\nwhere is it?\n\nYes\n\nwhere is it?\n\nNo",
    ),
    Answer(
        "Yahoo", "<div>Yes</div><div class='yahoo_quoted'>On x wrote<br>where is it?</div>", "Yes"
    ),
    Answer(
        "Proton",
        "Yes<div class='protonmail_signature_block'>Sent with Proton Mail</div>"
        "<div class='protonmail_quote'>where is it?</div>",
        "Yes",
    ),
    Answer(
        "QQ",
        "<div>Yes</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div>"
        "<div>where is it?</div>",
        "Yes",
    ),
    Answer(
        "NetEase",
        "<p>Yes</p><div id='isReplyContent'>在 2026-03-10 13:05，J 写道：<blockquote>where is it?",
        "Yes",
    ),
    Answer(
        "Foxmail",
        "<div>Yes</div><div><b>发件人：</b>J</div><div><b>发送时间：</b>x</div><div><b>收件人：</b>U</div>"
        "<div>where is it?</div>",
        "Yes",
    ),
    Answer("signature mark", "<div>Yes</div><div>-- <br>Tom<br>ACME</div>", "Yes"),
    Answer("notice", "<p>Yes</p><p>CONFIDENTIALITY NOTICE: where is it?</p>", "Yes"),
    Answer("nothing to fold", "<p>Yes</p><p>Tom</p>", "Yes\n\nTom"),
    Answer("only a quote", _CITED, "where is it?"),
    Answer("only a signature", "<div class='gmail_signature'>Tom</div>", "Tom"),
)
