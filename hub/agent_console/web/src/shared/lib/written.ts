/**
 * Texts by name, for `v-model.lazy`: what is being typed stays when all around it is drawn anew, which `:value` with
 * `@change` would put back to what was there.
 */
export function writtenBy<N extends string>(read: (name: N) => string, write: (name: N, text: string) => void): Record<N, string> {
  return new Proxy({} as Record<N, string>, {
    get: (_, name) => read(name as N),
    set: (_, name, text) => (write(name as N, String(text)), true),
  })
}
