/** The values of a body that has one JSON value a line, as they come. */
export async function* jsonLines<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += decoder.decode(value, { stream: !done })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield JSON.parse(line) as T
      if (done) break
    }
    if (rest !== '') yield JSON.parse(rest) as T
  } finally {
    void reader.cancel().catch(() => undefined) // it is over, or was aborted
  }
}
