import { http } from './http'

/** To those whom it did not reach; `to`: some of them. */
export const resend = (interactionId: string, to: string[] = []): Promise<unknown> => http.post(`/interactions/${interactionId}/resend`, { to })
/** An agent knows that it arrived, whose outcome nobody could say. */
export const sayArrived = (interactionId: string): Promise<unknown> => http.post(`/interactions/${interactionId}/arrived`)
