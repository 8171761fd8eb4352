/**
 * What is typed while a field is still on its way: kept, so that it is in the field when that is there,
 * and no shortcut meanwhile. Returns what ends it and gives the text.
 */
export function keepEarlyKeys(): () => string {
  let text = ''
  function keep(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key === 'Backspace') text = text.slice(0, -1)
    else if (event.key.length === 1) text += event.key
    else if (event.key !== 'Enter') return
    event.preventDefault()
    event.stopPropagation()
  }
  window.addEventListener('keydown', keep, { capture: true })
  return () => {
    window.removeEventListener('keydown', keep, { capture: true })
    return text
  }
}
