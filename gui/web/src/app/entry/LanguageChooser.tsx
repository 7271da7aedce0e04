import { currentLocale, keepLanguage, languages } from "~/i18n/locale.ts";
import { t } from "../text.ts";

// LanguageChooser chooses the language before log-in. Each stands in its own words, so that its speakers find it.
export function LanguageChooser() {
  const choose = (language: string) => {
    if (keepLanguage(language)) location.reload();
  };
  return (
    <select className="frame-language" aria-label={t("language")} value={currentLocale()} onChange={(event) => choose(event.target.value)}>
      {languages.map((language) => (
        <option key={language} value={language} lang={language}>
          {t(`language.${language}`)}
        </option>
      ))}
    </select>
  );
}
