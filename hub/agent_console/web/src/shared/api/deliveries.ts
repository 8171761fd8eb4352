import { http } from './http'
import type { FileView, Page, Posted } from './types'

/** To those whom it did not reach; `to`: some of them. */
export const resend = (interactionId: string, to: string[] = []): Promise<unknown> => http.post(`/interactions/${interactionId}/resend`, { to })
/** What did not reach its number goes to another one. */
export const sendElsewhere = (interactionId: string, number: string, clientId: string): Promise<Posted> =>
  http.post<Posted>(`/interactions/${interactionId}/elsewhere`, { number, client_id: clientId })
/** An agent knows that it arrived, whose outcome nobody could say. */
export const sayArrived = (interactionId: string): Promise<unknown> => http.post(`/interactions/${interactionId}/arrived`)
/** The files of a message, to go along with one that forwards it. */
export const copyFiles = (interactionId: string): Promise<Page<FileView>> => http.post<Page<FileView>>(`/interactions/${interactionId}/copies`)
