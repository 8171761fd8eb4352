import { computed, reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { loadRuleSource, type RuleSource } from '@/features/rules/source'
import { faultWords, messageOf, type DocumentFault } from '@/shared/api/errors'
import { ApiError } from '@/shared/api/http'
import { getRules, previewRules, putRules, type Preview, type RuleDocument, type Rules } from '@/shared/api/value'
import { useSetup } from '@/stores/setup'
import { placeOf, readSheet, sheetFaults, textOf, toDocument, type RuleSheet } from '../tier_rules'
import { readDocument } from '../words'

/** What the hub found, in words, by a path within one rule. */
export interface Told {
  path: string
  message: string
}
export type Mode = 'form' | 'data'
/** Where they are typed as data, nothing shows their places: so many are listed. */
const MOST_TOLD = 20

/** The rules of the tiers while they are changed: as a form or as data, what is wrong with them, who would move, and saving. */
export function useTierRules() {
  const { t } = useI18n()
  const setup = useSetup()
  const rules = ref<Rules | null>(null)
  const source = ref<RuleSource | null>(null)
  const sheet = ref<RuleSheet | null>(null)
  const typed = ref('')
  const mode = ref<Mode>('form')
  const loadProblem = ref('')
  const problem = ref('')
  const told = ref<DocumentFault[]>([])
  /** Faults of the editors of rules, which they tell themselves. */
  const wrong = reactive(new Map<string, number>())
  const asked = ref(false)
  const preview = ref<Preview | null>(null)
  const previewed = ref('')
  const busy = ref<'' | 'preview' | 'save'>('')
  const overtaken = ref(false)

  const read = computed(() => readDocument(typed.value))
  const document = computed<RuleDocument | null>(() => {
    if (mode.value === 'form') return sheet.value && toDocument(sheet.value)
    return 'document' in read.value ? (read.value.document as unknown as RuleDocument) : null
  })
  const text = computed(() => (document.value ? textOf(document.value) : `unreadable ${typed.value}`))
  const faults = computed(() => (mode.value === 'form' && sheet.value ? sheetFaults(sheet.value) : []))
  const missing = computed(() => (mode.value === 'form' ? faults.value.length + [...wrong.values()].reduce((sum, one) => sum + one, 0) : 0))
  const changed = computed(() => rules.value !== null && (missing.value > 0 || text.value !== textOf(rules.value.in_force.rules)))
  const isPreviewed = computed(() => preview.value !== null && previewed.value === text.value && missing.value === 0)
  /** A newer version that holds from a later day: what is saved now stands instead of it. */
  const coming = computed(() => rules.value?.versions.find((one) => one.version > rules.value!.in_force.version) ?? null)

  watch([text, missing], () => {
    told.value = []
    problem.value = ''
  })

  /** Show rules: in the form where it knows all of them. */
  function show(found: RuleDocument): void {
    sheet.value = readSheet(found, source.value!.form)
    typed.value = JSON.stringify(found, null, 2)
    if (!sheet.value) mode.value = 'data'
    wrong.clear()
    asked.value = false
  }
  function take(found: Rules): void {
    rules.value = found
    source.value = { ...source.value!, form: { ...source.value!.form, fields: found.fields, currency: found.currency } }
    preview.value = null
    overtaken.value = false
    show(found.in_force.rules)
  }
  async function load(): Promise<void> {
    loadProblem.value = ''
    try {
      const [found, known] = await Promise.all([getRules(), source.value ?? loadRuleSource(), setup.load()])
      source.value = known
      take(found)
    } catch (error) {
      loadProblem.value = messageOf(error)
    }
  }
  /** The other way to write the same; '' or why not yet. */
  function turn(to: Mode): string {
    if (to === mode.value) return ''
    if (to === 'data') {
      asked.value = true
      if (missing.value > 0) return t('value.form.firstMend')
      if (document.value) typed.value = JSON.stringify(document.value, null, 2)
      mode.value = to
      return ''
    }
    if (!document.value) return t('value.noJson', { why: 'problem' in read.value ? read.value.problem : '' })
    const found = readSheet(document.value, source.value!.form)
    if (!found) return t('value.form.unknown')
    wrong.clear()
    sheet.value = found
    mode.value = to
    return ''
  }

  function refused(error: unknown): void {
    problem.value = messageOf(error)
    if (!(error instanceof ApiError)) return
    if (error.code === 'tiers.bad_rules') {
      told.value = (error.body['problems'] ?? []) as DocumentFault[]
      problem.value = [problem.value, ...told.value.slice(0, MOST_TOLD).map((one) => `${one.path ? `${one.path}: ` : ''}${faultWords(one)}`)].join('\n')
    }
    if (error.code === 'tiers.stale_rules') overtaken.value = true
  }
  /** Whether something can be asked of the hub; else it is said what is missing. */
  function ready(): RuleDocument | null {
    asked.value = true
    if (!document.value) problem.value = t('value.noJson', { why: 'problem' in read.value ? read.value.problem : '' })
    return missing.value > 0 ? null : document.value
  }
  async function tryOut(): Promise<boolean> {
    const now = ready()
    if (!now) return false
    busy.value = 'preview'
    const of = text.value
    try {
      preview.value = await previewRules(now)
      previewed.value = of
      return true
    } catch (error) {
      refused(error)
      return false
    } finally {
      busy.value = ''
    }
  }
  async function save(note: string, from: string | null): Promise<boolean> {
    const now = ready()
    if (!now || !rules.value) return false
    busy.value = 'save'
    try {
      take(await putRules(now, rules.value.newest, note, from))
      return true
    } catch (error) {
      refused(error)
      if (overtaken.value) await look()
      return false
    } finally {
      busy.value = ''
    }
  }
  /** What somebody else saved meanwhile is listed; what was changed here stays as it is. */
  async function look(): Promise<void> {
    try {
      rules.value = await getRules()
    } catch (error) {
      problem.value = messageOf(error)
    }
  }
  const toldAt = (rule: number, part: string): Told[] =>
    told.value.flatMap((one) => {
      const place = placeOf(one.path)
      return place?.rule === rule && place.part === part ? [{ path: place.path, message: faultWords(one) }] : []
    })
  const toldOf = (path: string): string => told.value.filter((one) => one.path === path).map((one) => faultWords(one)).join(' ')
  const discard = (): void => void (rules.value && take(rules.value))

  return { rules, source, sheet, typed, mode, loadProblem, problem, told, wrong, asked, preview, busy, overtaken, document, text, faults, missing, changed, isPreviewed, coming, load, show, turn, tryOut, save, toldAt, toldOf, discard }
}
export type TierRulesDraft = ReturnType<typeof useTierRules>
