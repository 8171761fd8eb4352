/** One emoji. The first name of each language is shown; it is found by all of both. */
export interface Emoji {
  char: string
  en: readonly string[]
  zh: readonly string[]
}

export type EmojiGroup = 'faces' | 'hands' | 'feelings' | 'work' | 'everyday'

type Line = [char: string, en: string, zh: string]

// Those that service staff and customers use, of Unicode 11 or older, which every telephone draws. Names by what people
// would type; CLDR's own where they are that.
const LINES: Record<EmojiGroup, Line[]> = {
  faces: [
    ['😀', 'grin, happy, glad', '笑脸, 开心, 高兴'],
    ['😊', 'smile, smiling, happy, pleased', '微笑, 开心, 高兴'],
    ['🙂', 'slight smile, smile, ok', '浅笑, 微笑'],
    ['😄', 'laugh, happy, cheerful', '大笑, 哈哈'],
    ['😂', 'tears of joy, laugh, lol', '笑哭, 哈哈'],
    ['😅', 'sweat smile, phew, relief', '尴尬, 苦笑, 汗'],
    ['😉', 'wink', '眨眼'],
    ['😍', 'heart eyes, love, great', '喜欢, 爱心眼, 花痴'],
    ['🤗', 'hug, welcome', '拥抱, 抱抱'],
    ['😎', 'cool, sunglasses', '墨镜, 酷'],
    ['🤔', 'thinking, hmm, consider', '思考, 想一想'],
    ['😐', 'neutral, blank', '无语, 平静'],
    ['😮', 'surprised, wow, open mouth', '惊讶, 哇'],
    ['😕', 'confused, puzzled', '困惑, 疑惑'],
    ['😟', 'worried, anxious', '担心, 担忧'],
    ['😔', 'sad, pensive, sorry', '难过, 失落, 抱歉'],
    ['😢', 'cry, crying, tear, sad', '哭, 流泪, 伤心'],
    ['😭', 'sob, cry loudly, crying', '大哭, 痛哭'],
    ['😡', 'angry, furious, mad', '生气, 愤怒'],
    ['😱', 'scream, shock, fear', '惊恐, 害怕'],
    ['😴', 'sleeping, tired, sleep', '睡觉, 困'],
    ['🤒', 'ill, sick, fever', '生病, 发烧'],
  ],
  hands: [
    ['👍', 'thumbs up, like, yes, good, agree', '点赞, 赞, 好, 同意'],
    ['👎', 'thumbs down, dislike, bad', '踩, 差评, 不同意'],
    ['👌', 'ok hand, okay, fine', '好的, 没问题'],
    ['👏', 'clap, applause, bravo', '鼓掌, 拍手'],
    ['🙏', 'thanks, thank you, please, folded hands', '感谢, 谢谢, 拜托, 合十'],
    ['🤝', 'handshake, deal, agreed', '握手, 合作, 成交'],
    ['👋', 'wave, hello, hi, bye', '挥手, 你好, 再见'],
    ['💪', 'strong, muscle, you can', '加油, 强壮, 肌肉'],
    ['✌️', 'victory, peace', '胜利, 耶'],
    ['🤞', 'fingers crossed, good luck', '好运, 祈祷'],
    ['👉', 'point right, this, here', '向右指, 这里'],
    ['👇', 'point down, below', '向下指, 下面'],
    ['☝️', 'point up, above, note', '向上指, 上面, 注意'],
    ['✍️', 'writing, write, sign', '写字, 签名'],
  ],
  feelings: [
    ['❤️', 'heart, red heart, love', '爱心, 红心, 爱'],
    ['💙', 'blue heart', '蓝心'],
    ['💚', 'green heart', '绿心'],
    ['💛', 'yellow heart', '黄心'],
    ['💔', 'broken heart', '心碎'],
    ['🌹', 'rose, flower', '玫瑰, 鲜花'],
    ['💐', 'bouquet, flowers', '花束, 鲜花'],
    ['🎉', 'party, congratulations, celebrate', '庆祝, 恭喜, 撒花'],
    ['🎁', 'gift, present', '礼物, 礼品'],
    ['🎂', 'birthday, cake', '生日, 蛋糕'],
    ['🧧', 'red envelope, lucky money', '红包, 压岁钱'],
    ['⭐', 'star, favourite, rating', '星星, 好评'],
    ['✨', 'sparkles, new, shiny', '闪亮, 闪光, 全新'],
    ['🔥', 'fire, hot, popular', '火, 热门'],
    ['💯', 'hundred, perfect, full marks', '满分, 一百分'],
  ],
  work: [
    ['✅', 'check, done, yes, tick', '完成, 勾, 对'],
    ['❌', 'cross, no, wrong', '叉, 错误, 不对'],
    ['⚠️', 'warning, careful, attention', '警告, 注意, 小心'],
    ['❓', 'question, what', '问号, 疑问'],
    ['❗', 'exclamation, important', '感叹号, 重要'],
    ['💡', 'idea, tip, light bulb', '主意, 提示, 灯泡'],
    ['📌', 'pin, note, remember', '图钉, 置顶, 记住'],
    ['📎', 'paperclip, attachment, attached', '回形针, 附件'],
    ['📄', 'document, page, file', '文件, 文档'],
    ['🧾', 'receipt, invoice, bill', '收据, 发票, 账单'],
    ['📅', 'calendar, date, appointment', '日历, 日期, 预约'],
    ['⏰', 'alarm clock, time, reminder', '闹钟, 时间, 提醒'],
    ['⏳', 'hourglass, wait, pending', '沙漏, 等待, 稍等'],
    ['📞', 'telephone, call, phone', '电话, 来电'],
    ['📱', 'mobile phone, phone, app', '手机, 应用'],
    ['💻', 'computer, laptop', '电脑, 笔记本'],
    ['📧', 'e-mail, email, mail', '邮件, 邮箱'],
    ['🔑', 'key, password, access', '钥匙, 密码'],
    ['🔒', 'lock, secure, locked', '锁, 安全'],
    ['🔍', 'search, magnifier, look into', '搜索, 放大镜, 查询'],
    ['🔧', 'wrench, repair, fix', '扳手, 维修, 修理'],
  ],
  everyday: [
    ['📦', 'parcel, package, box, delivery', '包裹, 快递, 箱子'],
    ['🚚', 'truck, delivery, shipping', '货车, 送货, 配送, 发货'],
    ['🛒', 'shopping cart, cart, order', '购物车, 下单'],
    ['💳', 'credit card, card, pay, payment', '银行卡, 信用卡, 付款'],
    ['💰', 'money, refund, price', '钱, 退款, 价格'],
    ['🏠', 'house, home, address', '房子, 家, 地址'],
    ['📍', 'place, location, address', '位置, 地点, 地址'],
    ['🚗', 'car, drive', '汽车, 开车'],
    ['✈️', 'plane, flight, travel', '飞机, 航班, 旅行'],
    ['☕', 'coffee, break, tea', '咖啡, 休息'],
    ['☀️', 'sun, sunny, good morning', '太阳, 晴天, 早上好'],
    ['🌙', 'moon, night, good night', '月亮, 夜晚, 晚安'],
  ],
}

const names = (text: string): string[] => text.split(', ')

export const GROUPS: readonly { id: EmojiGroup; emoji: readonly Emoji[] }[] = (Object.keys(LINES) as EmojiGroup[]).map((id) => ({
  id,
  emoji: LINES[id].map(([char, en, zh]) => ({ char, en: names(en), zh: names(zh) })),
}))

export const ALL: readonly Emoji[] = GROUPS.flatMap((group) => group.emoji)
