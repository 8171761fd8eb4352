/** Title count, favicon count and the desktop notice: how the console asks for attention from outside its tab. */

const PLAIN_TITLE = 'Contact Hub'
let shown = -1

function faviconWith(count: number): string {
  const badge = count > 0 ? '<circle cx="23" cy="9" r="8" fill="#b3261e" stroke="#fff" stroke-width="2"/>' : ''
  const number =
    count > 0
      ? `<text x="23" y="12.5" font-family="sans-serif" font-size="10" font-weight="700" fill="#fff" text-anchor="middle">${count > 9 ? '9+' : count}</text>`
      : ''
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f5fbf"/><circle cx="16" cy="16" r="4.2" fill="#fff"/><g stroke="#fff" stroke-width="2.4" stroke-linecap="round"><path d="M16 5.5v3.6M16 22.9v3.6M5.5 16h3.6M22.9 16h3.6"/></g>${badge}${number}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** Show how many things wait for this person; `lead` is put before it ("Offer: …"). */
export function showCount(count: number, lead = ''): void {
  const title = count > 0 ? `(${count}) ${lead || PLAIN_TITLE}` : PLAIN_TITLE
  if (document.title !== title) document.title = title
  if (count === shown) return
  shown = count
  document.querySelector('link[rel=icon]')?.setAttribute('href', faviconWith(count))
}

export async function askForNotices(): Promise<boolean> {
  if (!('Notification' in window)) return false
  if (Notification.permission === 'granted') return true
  if (Notification.permission === 'denied') return false
  return (await Notification.requestPermission()) === 'granted'
}

/** A desktop notice while the tab is not looked at; a click brings the tab forward. */
export function notice(title: string, body: string, tag: string): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.hasFocus()) return
  const shownNotice = new Notification(title, { body, tag })
  shownNotice.onclick = () => {
    window.focus()
    shownNotice.close()
  }
}
