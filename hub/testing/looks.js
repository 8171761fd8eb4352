// What the tests of the looks ask of a page; runs before the console's own scripts.
;(() => {
  let asking = 0
  const ask = window.fetch
  window.fetch = async (...what) => {
    asking += 1
    try {
      return await ask(...what)
    } finally {
      asking -= 1
    }
  }
  let changedAt = 0
  const watch = () =>
    new MutationObserver(() => (changedAt = performance.now())).observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true })
  if (document.documentElement) watch()
  else document.addEventListener('readystatechange', watch, { once: true })

  const globals = () => document.querySelector('#app').__vue_app__.config.globalProperties

  const drawn = () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)))
  /** A colour on its way from one theme to the other is neither. */
  const moves = () => document.getAnimations().some((one) => one.playState === 'running' && one.effect.getComputedTiming().endTime !== Infinity)

  /** Until nothing is asked for, nothing stands in for what will come, and nothing has changed for a moment. */
  async function settled(quietMs = 120, mostMs = 8000) {
    const end = performance.now() + mostMs
    while (performance.now() < end) {
      await new Promise((next) => setTimeout(next, 40))
      const waits = asking > 0 || moves() || document.querySelector('.after-150, [aria-busy="true"]') !== null
      if (waits || performance.now() - changedAt <= quietMs) continue
      await drawn()
      if (!moves()) return true
    }
    return false
  }

  async function go(path) {
    await globals().$router.push(path)
    return settled()
  }

  async function wear(locale, theme, dir = 'ltr') {
    const chosen = globals().$pinia.state.value.preferences
    chosen.theme = theme
    chosen.locale = locale
    document.documentElement.dir = dir
    while (document.documentElement.lang !== locale) await new Promise((next) => setTimeout(next, 20))
    return settled()
  }

  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })
  const name = (element) => {
    const classes = element.getAttribute('class') ?? ''
    const text = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40)
    return `<${element.tagName.toLowerCase()} class="${classes.slice(0, 60)}"> ${text}`
  }
  const style = (element) => getComputedStyle(element)
  const scrollsAcross = (element) => ['auto', 'scroll'].includes(style(element).overflowX)
  /** What WCAG 1.4.10 leaves to scroll in two ways, and rows of tabs. */
  const MAY_SCROLL = 'table, pre, svg, canvas, [role=img], [role=grid], [role=table], [role=tablist], nav'
  const mayScroll = (element) => element.matches(MAY_SCROLL) || element.querySelector(MAY_SCROLL) !== null

  function sideways() {
    const found = []
    const page = document.scrollingElement
    if (page.scrollWidth > innerWidth) found.push(`the page is ${page.scrollWidth} wide`)
    for (const element of document.querySelectorAll('body *')) {
      if (element.scrollWidth <= element.clientWidth + 1 || !element.clientWidth || !scrollsAcross(element)) continue
      if (['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName) || !seen(element) || mayScroll(element)) continue
      found.push(`scrolls sideways (${element.scrollWidth} in ${element.clientWidth}): ${name(element)}`)
    }
    return found
  }

  /** Where an element can be seen: its box, cut by what hides what is outside. */
  function shown(element) {
    let { left, top, right, bottom } = element.getBoundingClientRect()
    for (let around = element.parentElement; around; around = around.parentElement) {
      if (style(around).overflow === 'visible') continue
      const box = around.getBoundingClientRect()
      left = Math.max(left, box.left)
      right = Math.min(right, box.right)
      top = Math.max(top, box.top)
      bottom = Math.min(bottom, box.bottom)
    }
    return { left, top, right, bottom }
  }

  const CONTROLS = 'a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=switch], [tabindex="0"]'
  function controls() {
    return [...document.querySelectorAll(CONTROLS)].filter((element) => {
      const box = element.getBoundingClientRect()
      return box.width > 2 && box.height > 2 && seen(element) && !element.closest('[inert], [aria-hidden=true]')
    })
  }

  /** Controls that nobody can reach with the eye: cut at a side of the page by something that does not scroll. */
  function cut() {
    const found = []
    for (const element of controls()) {
      const box = element.getBoundingClientRect()
      let around = element.parentElement
      while (around && !(scrollsAcross(around) && around.scrollWidth > around.clientWidth + 1)) around = around.parentElement
      if (around) continue
      const view = shown(element)
      const lost = Math.max(view.left - box.left, box.right - view.right, -box.left, box.right - innerWidth)
      if (lost > 4 && view.bottom > view.top) found.push(`cut by ${Math.round(lost)} px: ${name(element)}`)
    }
    return found
  }

  /** Controls that lie on each other. One inside the other, or over what scrolls beneath it, is meant. */
  function overlaps() {
    const found = []
    const boxes = controls()
      .map((element) => ({ element, ...shown(element) }))
      .filter((box) => box.right - box.left > 2 && box.bottom - box.top > 2 && box.top < innerHeight)
    for (const [place, one] of boxes.entries()) {
      for (const two of boxes.slice(place + 1)) {
        const across = Math.min(one.right, two.right) - Math.max(one.left, two.left)
        const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top)
        if (across <= 3 || down <= 3 || one.element.contains(two.element) || two.element.contains(one.element)) continue
        if (layered(one.element) !== layered(two.element)) continue
        found.push(`overlap by ${Math.round(across)}×${Math.round(down)}: ${name(one.element)} | ${name(two.element)}`)
      }
    }
    return found
  }
  /** The nearest thing around that is laid over the page on purpose. */
  const layered = (element) => {
    for (let around = element; around; around = around.parentElement) {
      if (['fixed', 'sticky', 'absolute'].includes(style(around).position)) return around
    }
    return null
  }

  /** Part of it is scrolled out of sight. */
  function scrolledOut(element) {
    const box = element.getBoundingClientRect()
    const view = shown(element)
    return view.left > box.left + 1 || view.right < box.right - 1 || view.top > box.top + 1 || view.bottom < box.bottom - 1 || box.bottom > innerHeight || box.right > innerWidth
  }

  /** As axe has it, but for signs and single letters, which it would leave aside as perhaps no text. */
  const CONTRAST = {
    ignoreUnicode: false,
    ignoreLength: true,
    ignorePseudo: false,
    boldValue: 700,
    boldTextPt: 14,
    largeTextPt: 18,
    contrastRatio: { normal: { expected: 4.5, minThreshold: null, maxThreshold: null }, large: { expected: 3, minThreshold: null, maxThreshold: null } },
    pseudoSizeThreshold: 0.25,
  }

  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  /** A colour of CSS as red, green, blue and how much it covers, 0 to 1. */
  function colour(text) {
    pixel.clearRect(0, 0, 1, 1)
    pixel.fillStyle = text
    pixel.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  const inDrawing = (element) => element instanceof SVGGraphicsElement && !(element instanceof SVGSVGElement)
  function paint(element) {
    const worn = style(element)
    const text = inDrawing(element) ? worn.fill : worn.backgroundColor
    if (text === 'none') return [0, 0, 0, 0]
    const [red, green, blue, alpha] = colour(text)
    return [red, green, blue, alpha * worn.opacity * (inDrawing(element) ? worn.fillOpacity : 1)]
  }
  const over = (upper, lower) => [0, 1, 2].map((one) => upper[one] * upper[3] + lower[one] * (1 - upper[3]))
  /** Relative luminance and contrast: WCAG 2.2, "relative luminance", "contrast ratio". */
  const luminance = (rgb) => rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)).reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0)
  const contrast = (one, two) => (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
  const HITTABLE = new CSSStyleSheet()
  HITTABLE.replaceSync('* { pointer-events: auto !important }')

  /** Words in drawings that hardly stand out from what is painted beneath them, which axe cannot tell. */
  function faint() {
    document.adoptedStyleSheets.push(HITTABLE)
    const found = []
    for (const text of document.querySelectorAll('svg text')) {
      if (!seen(text) || !text.textContent.trim() || scrolledOut(text)) continue
      const box = text.getBoundingClientRect()
      const beneath = document.elementsFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2).filter((one) => one !== text && !text.contains(one) && !(one instanceof SVGTextContentElement))
      const ground = beneath.reverse().reduce((below, one) => over(paint(one), below), [255, 255, 255])
      const ratio = contrast(luminance(over(paint(text), ground)), luminance(ground))
      const worn = style(text)
      const large = parseFloat(worn.fontSize) >= 24 || (parseFloat(worn.fontSize) >= 18.66 && worn.fontWeight >= 700)
      if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)} in a drawing: ${name(text)}`)
    }
    document.adoptedStyleSheets.pop()
    return found
  }

  /** axe's findings, and contrasts that it cannot tell: one line for each node. */
  async function axed(rules) {
    axe.configure({ checks: [{ id: 'color-contrast', options: CONTRAST }] })
    const result = await axe.run(document, { runOnly: rules, resultTypes: ['violations', 'incomplete'] })
    const lines = (found, word, ofNote = () => true) =>
      found.flatMap((rule) =>
        rule.nodes
          .filter((node) => ofNote(document.querySelector(node.target[0])))
          .map((node) => `${word}${rule.id} ${node.target} ${node.html.slice(0, 160)} ${rule.id === 'color-contrast' ? node.any[0]?.message : ''}`),
      )
    const unsure = result.incomplete.filter((rule) => rule.id === 'color-contrast')
    return [...faint(), ...lines(result.violations, ''), ...lines(unsure, 'unsure: ', (element) => !element || (!element.closest('svg') && !scrolledOut(element)))]
  }

  window.looks = { settled, go, wear, sideways, cut, overlaps, axed, placed: () => [...sideways(), ...cut(), ...overlaps()] }
})()
