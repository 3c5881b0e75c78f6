// Dates, instants and spans as people of either language read them. Instants are shown in Shanghai's time (FORMAT 1.7).
// Written out here and not left to the browser: old ones lack RelativeTimeFormat, and each writes a date in its own way.

const OFFSET_SECONDS = 8 * 3600;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const UNITS = [['day', '天', 86400, 2], ['hour', '小时', 3600, 1], ['minute', '分钟', 60, 1]];

/** A civil date (YYYY-MM-DD): "2026年6月30日", "30 June 2026". */
export function date(text, language) {
  const [year, month, day] = text.split('-').map(Number);
  return language === 'zh' ? `${year}年${month}月${day}日` : `${day} ${MONTHS[month - 1]} ${year}`;
}

/** An instant in Unix seconds: "2026年11月21日 10:00", "21 November 2026 at 10:00". */
export function instant(seconds, language) {
  const text = new Date((seconds + OFFSET_SECONDS) * 1000).toISOString();
  return `${date(text.slice(0, 10), language)}${language === 'zh' ? ' ' : ' at '}${text.slice(11, 16)}`;
}

/** An age in seconds, in the largest unit that tells enough: "2小时前", "2 hours ago". */
export function age(seconds, language) {
  if (seconds < 60) return language === 'zh' ? '刚刚' : 'just now';
  const [unit, zh, size] = UNITS.find(([, , length, least]) => seconds >= length * least);
  const count = Math.floor(seconds / size);
  return language === 'zh' ? `${count}${zh}前` : `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
