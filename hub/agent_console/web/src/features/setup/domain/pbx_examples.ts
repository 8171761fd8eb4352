/** What a phone system has to send, to be copied. URL and KEY stand for those of the entry point. */
export type PbxProfile = 'generic' | 'asterisk' | 'freeswitch' | 'yeastar'

export const PBX_EXAMPLES: Record<PbxProfile, string> = {
  generic: `BODY='{"call_id":"test-1","event":"ringing","from":"13800138000","to":"02155501000","extension":"801","direction":"in"}'
T=$(date +%s)
V=$(printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "KEY" | sed 's/^.* //')
curl -sS URL -H 'Content-Type: application/json' \\
  -H "X-Hub-Signature: t=$T,v1=$V" -d "$BODY"

# event: ringing, stopped, answered, held, resumed, recorded, ended
# also: at (ISO 8601), ref, recording_url, talked_s, cause, line`,
  asterisk: `; /usr/local/bin/hub-call: signs its arguments as a form and posts them
#!/bin/sh
BODY=$1; T=$(date +%s)
V=$(printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "KEY" | sed 's/^.* //')
curl -sS -m 3 URL -H "X-Hub-Signature: t=$T,v1=$V" -d "$BODY" >/dev/null &

; extensions.conf
[from-trunk]
exten => _X.,1,Set(FACTS=Linkedid=\${CHANNEL(linkedid)}&CallerIDNum=\${FILTER(0-9,\${CALLERID(num)})}&Exten=\${FILTER(0-9,\${EXTEN})}&HubDirection=in)
 same => n,Set(CHANNEL(hangup_handler_push)=hub-ended,s,1)
 same => n,System(/usr/local/bin/hub-call "\${FACTS}&Event=DialBegin&HubExtension=801")
 same => n,Dial(PJSIP/801,30,U(hub-answered^801^\${FACTS}))
[hub-answered]
exten => s,1,System(/usr/local/bin/hub-call "\${ARG2}&Event=DialEnd&DialStatus=ANSWER&HubExtension=\${ARG1}")
 same => n,Return()
[hub-ended]
exten => s,1,System(/usr/local/bin/hub-call "\${FACTS}&Event=HubEnded&HubTalked=\${CDR(billsec)}")
 same => n,Return()`,
  freeswitch: `-- /usr/share/freeswitch/scripts/hub.lua, in lua.conf.xml: <hook event="CHANNEL_PROGRESS" script="hub.lua"/>
-- and the same for CHANNEL_ANSWER, CHANNEL_HOLD, CHANNEL_UNHOLD, CHANNEL_HANGUP_COMPLETE
local body = event:serialize("json")
local file = os.tmpname()
local out = io.open(file, "w"); out:write(body); out:close()
os.execute(string.format([[(T=$(date +%%s)
V=$( (printf '%%s.' "$T"; cat %s) | openssl dgst -sha256 -hmac "KEY" | sed 's/^.* //')
curl -sS -m 3 URL -H 'Content-Type: application/json' -H "X-Hub-Signature: t=$T,v1=$V" --data-binary @%s
rm %s) >/dev/null 2>&1 &]], file, file, file))`,
  yeastar: `Integrations → API → Webhook Event Push → Add
Webhook address: URL
Request Method: POST
Secret: the one Yeastar shows; enter it here as the key
Events: (30011) Call Status Changed, (30012) Call End Details`,
}
