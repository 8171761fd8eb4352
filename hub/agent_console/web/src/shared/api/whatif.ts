import { http } from './http'
import type { Choices, Line, ReplayAnswer, ReplayBody, StaffAnswer, StaffBody } from './whatif_types'

export const getChoices = (): Promise<Choices> => http.get<Choices>('/whatif/choices')
/** Aborting the signal ends the work at the hub, too. */
export const replay = (body: ReplayBody, signal: AbortSignal): AsyncGenerator<Line<ReplayAnswer>> => http.lines('/whatif/replay', body, signal)
export const staff = (body: StaffBody, signal: AbortSignal): AsyncGenerator<Line<StaffAnswer>> => http.lines('/whatif/staff', body, signal)
