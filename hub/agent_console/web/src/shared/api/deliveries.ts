import { http } from './http'
import type { FileView, Page } from './types'

/** To those whom it did not reach; `to`: some of them. */
export const resend = (interactionId: string, to: string[] = []): Promise<unknown> => http.post(`/interactions/${interactionId}/resend`, { to })
/** An agent knows that it arrived, whose outcome nobody could say. */
export const sayArrived = (interactionId: string): Promise<unknown> => http.post(`/interactions/${interactionId}/arrived`)
/** The files of a message, to go along with one that forwards it. */
export const copyFiles = (interactionId: string): Promise<Page<FileView>> => http.post<Page<FileView>>(`/interactions/${interactionId}/copies`)
