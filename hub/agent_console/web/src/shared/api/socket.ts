import type { ConsoleFrame, ServerFrame } from './frames'

export interface SocketHandlers {
  opened: () => void
  frame: (frame: ServerFrame) => void
  closed: (code: number) => void
}

const BEAT_MS = 5_000
const SILENT_MS = 16_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 15_000
export const UNAUTHENTICATED = 4401

/** Delay before attempt `attempt` (from 0): doubling with jitter, so that a restart is not met by a herd. */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt)
  return full / 2 + (random() * full) / 2
}

/**
 * The console's one socket: connects again by itself, beats every 5 s, and drops a line on which
 * nothing was heard for 16 s (a laptop that slept keeps a dead socket "open", or opening, for minutes).
 */
export class ConsoleSocket {
  private socket: WebSocket | undefined
  private wanted = false
  private attempt = 0
  private retryTimer: number | undefined
  private beatTimer: number | undefined
  private heardAt = 0

  constructor(
    private readonly handlers: SocketHandlers,
    private readonly url: string = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/console`,
  ) {}

  open(): void {
    this.wanted = true
    if (!this.socket) this.dial()
  }

  close(): void {
    this.wanted = false
    this.attempt = 0
    window.clearTimeout(this.retryTimer)
    this.drop(1000)
  }

  /** Try at once instead of waiting for the next retry (the user asked, or the network came back). */
  retryNow(): void {
    if (!this.wanted || this.socket?.readyState === WebSocket.OPEN) return
    window.clearTimeout(this.retryTimer)
    this.attempt = 0
    this.drop(1000)
    this.dial()
  }

  /** Send if connected. False: it was not sent; state is asked for again after the reconnect. */
  send(frame: ConsoleFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  private dial(): void {
    const socket = new WebSocket(this.url)
    this.socket = socket
    this.heardAt = Date.now()
    this.startBeat()
    socket.onopen = () => {
      this.heardAt = Date.now()
      this.handlers.opened()
    }
    socket.onmessage = (event: MessageEvent<string>) => {
      this.heardAt = Date.now()
      const frame = JSON.parse(event.data) as ServerFrame
      if (frame.type === 'snapshot') this.attempt = 0
      this.handlers.frame(frame)
    }
    socket.onclose = (event) => this.lost(socket, event.code)
  }

  private lost(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return
    this.socket = undefined
    window.clearInterval(this.beatTimer)
    this.handlers.closed(code)
    if (code === UNAUTHENTICATED) this.wanted = false
    if (!this.wanted) return
    this.retryTimer = window.setTimeout(() => this.dial(), retryDelay(this.attempt++))
  }

  private drop(code: number): void {
    const socket = this.socket
    this.socket = undefined
    window.clearInterval(this.beatTimer)
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code)
    }
  }

  private startBeat(): void {
    window.clearInterval(this.beatTimer)
    this.beatTimer = window.setInterval(() => {
      if (Date.now() - this.heardAt > SILENT_MS) {
        const silent = this.socket
        if (!silent) return
        silent.onopen = silent.onmessage = silent.onclose = null
        silent.close()
        this.lost(silent, 1006)
      } else {
        this.send({ type: 'beat' })
      }
    }, BEAT_MS)
  }
}
