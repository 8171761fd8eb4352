// Walks up the whole timeline and looks into the frame of each mail that is drawn on the way: the numbers
// of the mails that were seen, and what stands in one of them that should not.
async (count) => {
  const seen = new Map()
  const wrong = []
  const turn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)))
  const scroller = (one) => {
    let box = one
    while (box && !/auto|scroll/.test(getComputedStyle(box).overflowY)) box = box.parentElement
    return box
  }
  const check = (frame) => {
    const inside = frame.contentDocument
    const number = /mail (\d+)\./.exec(inside?.body?.textContent ?? '')?.[1]
    if (number === undefined || seen.has(number)) return
    seen.set(number, frame.offsetHeight)
    const say = (what) => wrong.push(`mail ${number}: ${what}`)
    if (frame.getAttribute('sandbox').includes('scripts')) say('may run scripts')
    if (inside.location.href !== 'about:srcdoc') say(`went to ${inside.location.href}`)
    for (const one of inside.body.querySelectorAll('*')) {
      for (const { name, value } of one.attributes) {
        if (/^on|^(?:src|srcset|background|poster|ping|formaction|action|data|xlink:href|id|name)$/.test(name)) say(`${one.tagName} ${name}=${value}`)
        if (name === 'href' && one.tagName === 'A' && !/^(?:https?|mailto|tel):/.test(value)) say(`link ${value}`)
        if (name === 'style' && /url|position|fixed|expression|\\|@/i.test(value)) say(`style ${value}`)
      }
      if (/^(?:script|style|link|meta|base|iframe|frame|object|embed|form|input|button|svg|math|video|audio|template|dialog)$/i.test(one.tagName)) say(one.tagName)
      if (one.tagName === 'A' && one.hasAttribute('href') && (one.target !== '_blank' || !one.rel.includes('noopener'))) say('a link that keeps its opener')
      const { position } = getComputedStyle(one)
      if (position !== 'static') say(`${one.tagName} is ${position}`)
    }
  }
  for (let step = 0; step < 400 && seen.size < count; step += 1) {
    await turn()
    const frames = [...document.querySelectorAll('iframe[srcdoc]')]
    frames.forEach(check)
    const box = frames.length ? scroller(frames[0].parentElement) : null
    if (!box) continue
    const before = box.scrollTop
    box.scrollTop = before - box.clientHeight * 0.6
    if (box.scrollTop === before) await turn()
  }
  return { seen: [...seen.keys()].map(Number).sort((a, b) => a - b), wrong, ran: window.pwnedBy ?? '' }
}
