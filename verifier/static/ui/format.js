// Dates, instants and spans as people of either language read them. Instants are shown in Asia/Shanghai (FORMAT 1.7).

const LOCALE = { zh: 'zh-CN', en: 'en-GB' };
const ZONE = 'Asia/Shanghai';

/** A civil date (YYYY-MM-DD): "2026年6月30日", "30 June 2026". */
export function date(text, language) {
  const [year, month, day] = text.split('-').map(Number);
  const options = { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' };
  return new Intl.DateTimeFormat(LOCALE[language], options).format(new Date(Date.UTC(year, month - 1, day)));
}

/** An instant in Unix seconds: "2026年11月21日 10:00". */
export function instant(seconds, language) {
  const options = {
    year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: ZONE,
  };
  return new Intl.DateTimeFormat(LOCALE[language], options).format(new Date(seconds * 1000));
}

const NOW = { zh: '刚刚', en: 'just now' };

/** An age in seconds, in the largest unit that tells enough. */
export function age(seconds, language) {
  if (seconds < 60) return NOW[language];
  const units = [['day', 86400, 2], ['hour', 3600, 1], ['minute', 60, 1]];
  const [unit, size] = units.find(([, length, least]) => seconds >= length * least) ?? ['minute', 60];
  const count = Math.floor(seconds / size);
  return new Intl.RelativeTimeFormat(LOCALE[language], { numeric: 'always' }).format(-count, unit);
}
