import { onScopeDispose, ref, useId, watch, type Ref } from 'vue'

import { useSetupDraft } from '../setup_draft'

/** Whether what stands in this field cannot be read: as long as it cannot, nothing is saved. */
export function useUnread(): Ref<boolean> {
  const draft = useSetupDraft()
  const id = useId()
  const unread = ref(false)
  watch(unread, (is) => draft.setUnread(id, is))
  onScopeDispose(() => draft.setUnread(id, false))
  return unread
}
