//! The sentences about incidents, made of their facts.

use super::Words;
use crate::markdown::escape;
use crate::snapshot::{
    FailingRegions, GeneratedText, IncidentTitle, ProviderWord, PublicIncident,
    PublicIncidentPhase, Sentence, Sighting, Symptom, Tense,
};

/// The most services that a sentence names.
const MAX_NAMES: usize = 3;

/// The marks around a name, which may be written in another direction than its sentence (Unicode: FSI and PDI).
const NAME_MARKS: [char; 2] = ['\u{2068}', '\u{2069}'];

impl Words {
    /// Returns the title of an incident.
    pub(crate) fn incident_title(&self, incident: &PublicIncident) -> String {
        without_marks(&self.marked_title(incident))
    }

    /// Returns the title of an incident as HTML.
    pub(crate) fn incident_title_html(&self, incident: &PublicIncident) -> String {
        html(&self.marked_title(incident))
    }

    fn marked_title(&self, incident: &PublicIncident) -> String {
        let tense = if incident.is_open() { Tense::Present } else { Tense::Past };
        match &incident.title {
            IncidentTitle::ByHand(title) => marked(title),
            IncidentTitle::Down(names) => self.is_down(&self.names(names), names.len(), tense),
            IncidentTitle::Problems(names) => {
                self.has_problems(&self.names(names), names.len(), tense)
            }
        }
    }

    /// Returns a text that is made of facts.
    pub(crate) fn generated(&self, text: &GeneratedText) -> String {
        without_marks(&self.marked_text(text))
    }

    /// Returns a text that is made of facts as HTML.
    pub(crate) fn generated_html(&self, text: &GeneratedText) -> String {
        html(&self.marked_text(text))
    }

    fn marked_text(&self, text: &GeneratedText) -> String {
        let sentences = text.sentences.iter().map(|one| self.incident_sentence(one, text.tense));
        let sentences: Vec<String> = sentences.collect();
        sentences.join(&self.between_sentences())
    }

    fn incident_sentence(&self, sentence: &Sentence, tense: Tense) -> String {
        let since = |at| self.since_then(&self.short_time(at), tense);
        match sentence {
            Sentence::Seen(sighting) => self.seen(sighting),
            Sentence::Provider(ProviderWord::Confirms) => self.provider_confirms(tense),
            Sentence::Provider(ProviderWord::NowConfirms) => self.provider_now_confirms(tense),
            Sentence::Provider(ProviderWord::ReportsNothing) => self.provider_sees_nothing(tense),
            Sentence::WorksInRegions { name, regions, since: at } => {
                let working = regions.of.saturating_sub(regions.failing);
                self.works_in_regions(
                    &marked(name),
                    working.into(),
                    regions.of.into(),
                    &since(*at),
                    tense,
                )
            }
            Sentence::AnswersAgain { name, since: at } => {
                self.answers_again(&marked(name), &since(*at), tense)
            }
            Sentence::MoreAnswerAgain(n) => self.more_answer_again(*n, tense),
            Sentence::WorksAgain { names, since: at } => {
                self.works_again(&self.names(names), names.len(), &since(*at), tense)
            }
            Sentence::NoLongerMonitored { names, since: at } => {
                self.no_longer_monitored(&self.names(names), names.len(), &since(*at), tense)
            }
            Sentence::Phase(phase) => self.says(*phase),
            Sentence::OthersWork { n_working: _, n_others: 1 } => self.other_works(),
            Sentence::OthersWork { n_working, n_others } if n_working == n_others => {
                self.others_work(*n_others)
            }
            Sentence::OthersWork { n_working, n_others } => {
                self.some_others_work(*n_working, *n_others)
            }
        }
    }

    fn seen(&self, sighting: &Sighting) -> String {
        let tense = sighting.tense;
        let names = &self.names(&sighting.names);
        let n = sighting.names.len();
        let regions = &sighting.regions.map(|regions| self.in_regions(regions)).unwrap_or_default();
        let since = &self.since_then(&self.short_time(sighting.since), tense);
        match sighting.symptom {
            Symptom::Unreachable => self.seen_unreachable(names, n, regions, since, tense),
            Symptom::Late => self.seen_late(names, n, regions, since, tense),
            Symptom::Interrupted => self.seen_interrupted(names, n, regions, since, tense),
            Symptom::InvalidCertificate => {
                self.seen_invalid_certificate(names, n, regions, since, tense)
            }
            Symptom::ExpiringCertificate => {
                self.seen_expiring_certificate(names, n, regions, since, tense)
            }
            Symptom::Errors => self.seen_errors(names, n, regions, since, tense),
            Symptom::WrongAnswers => self.seen_wrong_answers(names, n, regions, since, tense),
            Symptom::Overloaded => self.seen_overloaded(names, n, regions, since, tense),
            Symptom::Throttled => self.seen_throttled(names, n, regions, since, tense),
            Symptom::Overdue => self.seen_overdue(names, n, regions, since, tense),
            Symptom::Degraded => self.seen_degraded(names, n, regions, since, tense),
            Symptom::Down => self.seen_down(names, n, regions, since, tense),
        }
    }

    fn in_regions(&self, regions: FailingRegions) -> String {
        if regions.failing >= regions.of {
            self.in_all_regions(regions.of.into())
        } else {
            self.in_some_regions(regions.failing.into(), regions.of.into())
        }
    }

    fn says(&self, phase: PublicIncidentPhase) -> String {
        match phase {
            PublicIncidentPhase::Investigating => self.says_investigating(),
            PublicIncidentPhase::Identified => self.says_identified(),
            PublicIncidentPhase::Monitoring => self.says_monitoring(),
            PublicIncidentPhase::Resolved => self.says_resolved(),
            PublicIncidentPhase::Postmortem => self.says_postmortem(),
        }
    }

    /// Joins the names of services: "A", "A and B", "A, B and 4 more services".
    fn names(&self, names: &[String]) -> String {
        let names: Vec<String> = names.iter().map(|name| marked(name)).collect();
        if names.len() > MAX_NAMES {
            let shown = names.get(..MAX_NAMES - 1).unwrap_or_default();
            return self.names_and_more(&self.list(shown), names.len() - shown.len());
        }
        match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, first)) => self.names_and(&self.list(first), last),
            None => String::new(),
        }
    }
}

fn marked(name: &str) -> String {
    let [begin, end] = NAME_MARKS;
    format!("{begin}{}{end}", without_marks(name))
}

fn without_marks(text: &str) -> String {
    text.replace(NAME_MARKS, "")
}

/// Returns a text as HTML, with an element around each marked name.
fn html(marked: &str) -> String {
    let [begin, end] = NAME_MARKS;
    let mut html = String::new();
    escape(&mut html, marked);
    html.replace(begin, "<bdi>").replace(end, "</bdi>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    fn names(n: usize) -> Vec<String> {
        ["API", "Checkout", "Search", "Login"].into_iter().take(n).map(str::to_owned).collect()
    }

    fn text(language: Language, tense: Tense, n: usize) -> String {
        let sighting = Sighting {
            names: names(n),
            symptom: Symptom::Errors,
            regions: Some(FailingRegions { failing: 2, of: 3 }),
            since: "2026-11-30T10:02:00Z".parse().unwrap(),
            tense,
        };
        Words::of(language)
            .generated(&GeneratedText { tense, sentences: vec![Sentence::Seen(sighting)] })
    }

    #[test]
    fn each_language_builds_its_own_sentence() {
        for (language, sentence) in [
            (
                Language::English,
                "API and Checkout return errors in 2 of 3 regions since 30 November, 10:02 UTC.",
            ),
            (
                Language::German,
                "API und Checkout liefern seit dem 30. November, 10:02\u{a0}UTC in 2 von 3 Regionen Fehler.",
            ),
            (
                Language::French,
                "API et Checkout renvoient des erreurs dans 2 régions sur 3 depuis le 30 novembre à 10:02\u{a0}UTC.",
            ),
            (
                Language::Spanish,
                "API y Checkout devuelven errores en 2 de 3 regiones desde el 30 de noviembre, 10:02\u{a0}UTC.",
            ),
            (
                Language::Japanese,
                "API、Checkoutは11月30日 10:02 UTCから3地域中2地域でエラーを返しています。",
            ),
            (
                Language::Chinese,
                "API 和 Checkout 自 11月30日 10:02 UTC 起在 3 个地区中的 2 个返回错误。",
            ),
        ] {
            assert_eq!(text(language, Tense::Present, 2), sentence);
        }
    }

    #[test]
    fn a_sentence_names_at_most_three_services() {
        let shown = |n| without_marks(&Words::of(Language::English).names(&names(n)));
        let expected = [
            "",
            "API",
            "API and Checkout",
            "API, Checkout and Search",
            "API, Checkout and 2 more services",
        ];
        assert_eq!([0, 1, 2, 3, 4].map(shown), expected);
    }

    #[test]
    fn a_name_has_its_own_direction_and_cannot_end_it() {
        let names = vec!["<b>\u{2069}دفع".to_owned()];
        let text = GeneratedText {
            tense: Tense::Present,
            sentences: vec![Sentence::WorksAgain {
                names,
                since: "2026-11-30T10:02:00Z".parse().unwrap(),
            }],
        };
        assert_eq!(
            Words::of(Language::English).generated_html(&text),
            "<bdi>&#60;b&#62;دفع</bdi> works again since 30 November, 10:02 UTC."
        );
    }

    #[test]
    fn a_past_sentence_does_not_sound_as_if_it_were_true_now() {
        for language in Language::ALL {
            // A sentence without a verb has no tense.
            if language != Language::Arabic {
                assert_ne!(text(language, Tense::Past, 1), text(language, Tense::Present, 1));
            }
        }
    }
}
