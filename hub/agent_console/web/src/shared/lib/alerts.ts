/** What the console may call for, and how. Kept as words ("sound badge") by the event's name. */
export const ALERT_EVENTS = ['offer', 'message', 'mention', 'commitment', 'missed'] as const
export type AlertEvent = (typeof ALERT_EVENTS)[number]
export const ALERT_WAYS = ['sound', 'desktop', 'badge'] as const
export type AlertWay = (typeof ALERT_WAYS)[number]
export type AlertChoices = Partial<Record<AlertEvent, string>>

const DEFAULTS: Record<AlertEvent, string> = {
  offer: 'sound desktop badge',
  message: 'sound desktop badge',
  mention: 'sound desktop badge',
  commitment: 'sound desktop badge',
  missed: 'desktop badge',
}

export function callsBy(choices: AlertChoices, event: AlertEvent, way: AlertWay): boolean {
  return (choices[event] ?? DEFAULTS[event]).split(' ').includes(way)
}

/** The choices with one of them changed. */
export function withChoice(choices: AlertChoices, event: AlertEvent, way: AlertWay, on: boolean): AlertChoices {
  const ways = ALERT_WAYS.filter((one) => (one === way ? on : callsBy(choices, event, one)))
  return { ...choices, [event]: ways.join(' ') }
}

/** Whether a sound may be made now. `focused`: this window has the focus. */
export function maySound(now: { focused: boolean; onCall: boolean }, set: { sound: boolean; alsoFocused: boolean; quietOnCall: boolean }): boolean {
  return set.sound && (set.alsoFocused || !now.focused) && !(set.quietOnCall && now.onCall)
}
