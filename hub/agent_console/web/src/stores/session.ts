import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

import * as api from '@/shared/api/account'
import { ApiError, signedOut, useCsrf } from '@/shared/api/http'
import type { Me } from '@/shared/api/types'
import { usePreferences } from './preferences'

/** Who is signed in. The cookie is the session; this store only knows what `GET /me` said. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  let asked: Promise<void> | undefined
  let leaving = false

  const signedIn = computed(() => me.value !== null)
  const supervises = computed(() => me.value?.role === 'supervisor' || me.value?.role === 'admin')
  /** No agent: works off commitments, and has a page for that only. */
  const specialises = computed(() => me.value?.role === 'specialist')
  const administers = computed(() => me.value?.role === 'admin')

  function take(value: Me): void {
    me.value = value
    useCsrf(value.csrf_token ?? '')
    usePreferences().takeKept(value.id, value.settings)
  }

  /** Ask once per page load whether the cookie still holds a session. */
  function restore(): Promise<void> {
    asked ??= api.getMe().then(take, (error: unknown) => {
      me.value = null
      if (!(error instanceof ApiError) || error.offline) asked = undefined // ask again at the next step
    })
    return asked
  }

  /** Another tab signed in anew: as the same user this page goes on with that session, else it is over. */
  async function renew(): Promise<void> {
    const value = await api.getMe().catch(() => undefined)
    if (!value || !me.value) return
    if (value.id === me.value.id) take(value)
    else signedOut()
  }

  async function signIn(email: string, password: string): Promise<void> {
    await api.signIn(email, password)
    take(await api.getMe())
    asked = Promise.resolve()
  }

  /** The demo's door instead of a password. */
  async function enter(token: string): Promise<void> {
    await api.enterByDoor(token)
    take(await api.getMe())
    asked = Promise.resolve()
  }

  async function signOut(): Promise<void> {
    leaving = true
    try {
      await api.signOut()
      forget()
    } finally {
      leaving = false
    }
  }

  /** False where it was ended from here: the socket, and late questions, hear of that, too. */
  const endsByItself = (): boolean => me.value !== null && !leaving

  function forget(): void {
    me.value = null
    useCsrf('')
  }

  return { me, signedIn, supervises, specialises, administers, restore, renew, signIn, enter, signOut, endsByItself, forget, take }
})
