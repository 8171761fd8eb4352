import { CircleAlert, Globe, Mail, MailWarning, MessageCircle, MessageCircleWarning, MessageSquareText, Phone, Printer } from '@lucide/vue'
import type { Component } from 'vue'

/** How a channel is drawn. What it can do comes from the hub as capabilities, never from its name. */
const ICONS: Record<string, Component> = {
  phone: Phone,
  email: Mail,
  webchat: MessageCircle,
  fax: Printer,
  sms: MessageSquareText,
}

export function channelIcon(channel: string): Component {
  return ICONS[channel] ?? Globe
}

const UNANSWERED: Record<string, Component> = { email: MailWarning, webchat: MessageCircleWarning }

/** How it is drawn that a customer of this channel still waits for an answer. */
export function unansweredIcon(channel: string): Component {
  return UNANSWERED[channel] ?? CircleAlert
}
