import { computed, type ComputedRef } from 'vue'

import type { SetupDocument } from '@/shared/api/setup_types'
import { useSetupDraft } from './setup_draft'

type Draft = ReturnType<typeof useSetupDraft>

/** The working copy inside the page, where there is one. */
export function useDocument(): { draft: Draft; setup: ComputedRef<SetupDocument>; before: ComputedRef<SetupDocument> } {
  const draft = useSetupDraft()
  return { draft, setup: computed(() => draft.setup!), before: computed(() => draft.before!) }
}
