import type { SetupDocument } from '@/shared/api/setup_types'
import type { ProfilePart } from '@/shared/api/work_types'

/** What a kind of agents is called: by its name, else by its key (hub/setup/profiles.py). */
export function profileName(setup: SetupDocument, key: string, zh: boolean): string {
  const profile: ProfilePart = setup.profiles[key] ?? {}
  const [chinese, english] = [profile['zh'] ?? '', profile['en'] ?? ''].map(String)
  return (zh ? chinese || english : english || chinese) || key
}
