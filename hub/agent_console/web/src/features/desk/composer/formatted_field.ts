import { shallowRef } from 'vue'

import type RichField from './RichField.vue'

/** The formatted field once its file, which is large, has come. The plain field stands in until then, or for good. */
export const formattedField = shallowRef<typeof RichField | null>(null)

export async function loadFormattedField(): Promise<void> {
  try {
    formattedField.value = (await import('./RichField.vue')).default
  } catch {
    // The file did not come: one can answer without formatting. It is asked for again with the next mail.
  }
}
