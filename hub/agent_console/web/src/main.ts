import './app/theme.css'

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './app/App.vue'
import { createAppRouter } from './app/router'
import { i18n, setLocale, startLocale } from './i18n'
import { usePreferences } from './stores/preferences'

const app = createApp(App)
app.use(createPinia())
usePreferences() // sets the theme before anything is drawn
await setLocale(startLocale())
app.use(i18n)
app.use(createAppRouter())
app.mount('#app')
