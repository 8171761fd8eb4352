import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import { useI18n } from 'vue-i18n'

import type { PolicyNames } from '../domain/policy_words'
import { useDocument } from '../use_draft'

type Users = PolicyNames['users']
const USERS: InjectionKey<ComputedRef<Users>> = Symbol('users')

/** Whom the page knows, for all that stands in it. */
export const provideUsers = (users: ComputedRef<Users>): void => provide(USERS, users)

/** What policies are told with, in the language of the screens. */
export function usePolicyNames(): ComputedRef<PolicyNames> {
  const { locale } = useI18n()
  const { setup } = useDocument()
  const users = inject(USERS, computed<Users>(() => []))
  return computed(() => ({ setup: setup.value, users: users.value, locale: locale.value }))
}
