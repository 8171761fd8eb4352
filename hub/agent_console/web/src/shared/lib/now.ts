import { onScopeDispose, ref, type Ref } from 'vue'

/** Milliseconds the server's clock is ahead of this computer's; set from the socket's greeting. */
let aheadMs = 0
const now = ref(Date.now())
let users = 0
let timer: number | undefined

export function alignClock(serverIso: string): void {
  const server = Date.parse(serverIso)
  if (!Number.isNaN(server)) aheadMs = server - Date.now()
  now.value = Date.now() + aheadMs
}

/** The server's time in ms, ticking once a second while somebody looks: one timer for all. */
export function useNow(): Readonly<Ref<number>> {
  users += 1
  if (timer === undefined) {
    now.value = Date.now() + aheadMs
    timer = window.setInterval(() => (now.value = Date.now() + aheadMs), 1000)
  }
  onScopeDispose(() => {
    users -= 1
    if (users === 0 && timer !== undefined) {
      window.clearInterval(timer)
      timer = undefined
    }
  })
  return now
}

export function serverNow(): number {
  return Date.now() + aheadMs
}
