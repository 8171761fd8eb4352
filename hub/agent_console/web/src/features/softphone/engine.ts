import type { SoftphoneToken } from '@/shared/api/softphone'
import { OFF, type PhoneCall, type PhoneOrder, type PhonePicture, type PhoneStatus } from '@/stores/softphone'
import type { Leg, LegNews, Line, OpenLine, Sound } from './line'

const RENEW_AT = 0.75 // of a token's life
const AGAIN_MS = 15_000
const FRESH_TOKEN_MS = 5_000
/** The provider does not know the token (any more): a new one is asked for. */
const TOKEN_ERRORS = new Set([20_101, 20_104, 31_201, 31_204, 31_205, 31_207])

/** What it needs of its surroundings. `microphone`: '' where it may be used, else why not. `hears`: a call that it just accepted, or began, comes now. */
export interface Surroundings {
  open: OpenLine
  token: () => Promise<SoftphoneToken>
  microphone: () => Promise<'' | 'no_microphone' | 'blocked' | 'unsupported'>
  sound: () => Sound
  expects: () => boolean
  ring: (on: boolean) => void
  show: (picture: PhonePicture) => void
  refused: (error: unknown) => { status: PhoneStatus; why: string }
}

/** The softphone of the tab that leads: keeps the line, answers what was expected, rings for what was not. */
export class Engine {
  private picture: PhonePicture = { ...OFF, status: 'starting' }
  private line: Line | null = null
  private leg: Leg | null = null
  private timer: number | undefined
  private tokenAt = 0
  private tokenLifeMs = 0
  private turn = 0

  constructor(private readonly around: Surroundings) {}

  /** Open the line; called again it begins anew, and a call that goes on is left alone. */
  async start(): Promise<void> {
    if (this.leg) return
    const mine = (this.turn += 1)
    this.drop()
    this.show({ status: 'starting', why: '' })
    const missing = await this.around.microphone()
    if (mine !== this.turn) return
    if (missing) return this.show({ status: missing })
    try {
      const token = await this.around.token()
      const line = await this.around.open(token.token, this.around.sound(), {
        registered: () => this.show({ status: 'ready', why: '' }),
        unregistered: () => this.line && this.show({ status: 'offline' }),
        rung: (leg) => this.rung(leg),
        failed: (error) => void this.failed(error),
      })
      if (mine !== this.turn) return line.close()
      this.line = line
      this.keep(token)
      await line.register()
    } catch (error) {
      if (mine === this.turn) this.stumbled(error)
    }
  }

  stop(): void {
    this.turn += 1
    this.drop()
    this.show(OFF)
  }

  do(order: PhoneOrder): void {
    if (order.do === 'again') void this.start()
    else if (order.do === 'sound') void this.line?.use(this.around.sound()).catch(() => undefined)
    else if (!this.leg) return
    else if (order.do === 'answer') this.answer()
    else if (order.do === 'decline') this.leg.reject()
    else if (order.do === 'mute') {
      this.leg.mute(order.on)
      this.call({ muted: order.on })
    } else if (order.do === 'digits') {
      this.leg.sendDigits(order.digits)
      this.call({ digits: ((this.picture.call?.digits ?? '') + order.digits).slice(-40) })
    }
  }

  /** Something became known: what rings may be what was accepted. */
  reconsider(): void {
    if (this.picture.call?.stage === 'ringing' && this.around.expects()) this.answer()
  }

  /** This page was loaded under rules that let no line out. */
  walledIn(): void {
    this.drop()
    this.show({ status: 'reload' })
  }

  /** After sleep timers come late: what is due is done now. */
  wake(): void {
    if (this.line && Date.now() >= this.tokenAt + this.tokenLifeMs * RENEW_AT) void this.renew()
    else if (['offline', 'no_microphone', 'blocked'].includes(this.picture.status) && !this.line) void this.start()
  }

  private rung(leg: Leg): LegNews {
    if (this.leg && this.picture.call?.stage !== 'ringing') {
      leg.reject()
      return NOBODY
    }
    this.leg = leg
    this.show({ call: { stage: 'ringing', muted: false, troubles: [], digits: '' } })
    if (this.around.expects()) this.answer()
    else this.around.ring(true)
    const mine = (act: () => void) => (): void => void (this.leg === leg && act())
    return {
      talking: mine(() => this.call({ stage: 'talking' })),
      reconnecting: mine(() => this.call({ stage: 'reconnecting' })),
      over: mine(() => this.over()),
      deaf: (name) => {
        if (this.leg !== leg) return
        this.over()
        this.show({ status: name })
      },
      trouble: (what, on) => {
        const others = (this.picture.call?.troubles ?? []).filter((one) => one !== what)
        if (this.leg === leg) this.call({ troubles: on ? [...others, what] : others })
      },
    }
  }

  private answer(): void {
    if (!this.leg || this.picture.call?.stage !== 'ringing') return
    this.around.ring(false)
    this.call({ stage: 'connecting' })
    this.leg.accept(this.around.sound().microphone)
  }

  private over(): void {
    this.leg = null
    this.around.ring(false)
    this.show({ call: null })
  }

  private async failed(error: { code: number; message: string }): Promise<void> {
    if (TOKEN_ERRORS.has(error.code)) {
      if (Date.now() - this.tokenAt > FRESH_TOKEN_MS) return this.renew()
      return this.show({ status: 'refused', why: `${error.message} (${error.code})` }) // a new one is no better
    }
    if (this.picture.status !== 'ready') this.show({ status: 'offline', why: error.message })
  }

  private async renew(): Promise<void> {
    const { line } = this
    try {
      const token = await this.around.token()
      if (line !== this.line || !line) return
      this.keep(token)
      line.renew(token.token)
    } catch (error) {
      if (line === this.line) this.stumbled(error)
    }
  }

  private keep(token: SoftphoneToken): void {
    this.tokenAt = Date.now()
    this.tokenLifeMs = token.expires_in_s * 1_000
    this.later(() => void this.renew(), this.tokenLifeMs * RENEW_AT)
  }

  /** A call that goes on is not touched; the line is asked for again. */
  private stumbled(error: unknown): void {
    this.show(this.around.refused(error))
    this.later(() => void (this.line ? this.renew() : this.start()), AGAIN_MS)
  }

  private later(act: () => void, ms: number): void {
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(act, ms)
  }

  private drop(): void {
    const { line } = this
    window.clearTimeout(this.timer)
    this.line = null
    this.leg = null
    this.around.ring(false)
    line?.close()
    this.picture = { ...this.picture, call: null }
  }

  private call(change: Partial<PhoneCall>): void {
    if (this.picture.call) this.show({ call: { ...this.picture.call, ...change } })
  }

  private show(change: Partial<PhonePicture>): void {
    this.picture = { ...this.picture, ...change }
    this.around.show(this.picture)
  }
}

const nothing = (): void => undefined
const NOBODY: LegNews = { talking: nothing, reconnecting: nothing, over: nothing, deaf: nothing, trouble: nothing }
