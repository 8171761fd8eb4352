import { ref, type Ref } from 'vue'

export interface Each {
  done: Ref<number>
  /** 0: nothing is under way. */
  total: Ref<number>
  /** Do it with each; return those it was done with. What fails does not stop the rest, and says so when it is asked by itself. */
  run: (ids: string[], act: (id: string) => Promise<boolean>) => Promise<string[]>
  stop: () => void
}

/** One after the other, so that each can be told and it can be stopped. */
export function useEach(): Each {
  const done = ref(0)
  const total = ref(0)
  let stopped = false

  async function run(ids: string[], act: (id: string) => Promise<boolean>): Promise<string[]> {
    stopped = false
    done.value = 0
    total.value = ids.length
    const worked: string[] = []
    for (const id of ids) {
      if (stopped) break
      if (await act(id).catch(() => false)) worked.push(id)
      done.value += 1
    }
    total.value = 0
    return worked
  }

  return { done, total, run, stop: () => (stopped = true) }
}
