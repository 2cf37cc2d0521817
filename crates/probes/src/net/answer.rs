//! An answer of a name server, reduced to its trusted part.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::presentation::name_text;
use super::question::DnsQuestion;

/// The most aliases that are followed from one name to the next.
const MAX_ALIASES: usize = 16;

/// The answer to a question.
#[derive(Debug, Clone)]
pub(crate) struct DnsAnswer {
    pub(crate) code: ResponseCode,
    /// True if the server states that it has verified the records with DNSSEC.
    pub(crate) is_authenticated: bool,
    /// The records of the requested type that belong to the name, or to the target of its alias.
    pub(crate) records: Vec<Record>,
}

impl DnsAnswer {
    /// Takes the records that answer `question` from `message`. The error explains why none of it
    /// can be trusted.
    pub(super) fn of(question: &DnsQuestion, message: &Message) -> Result<Self, String> {
        let owners = owners(question, &message.answers)?;
        let is_foreign = |record: &Record| !owners.contains(&&record.name);
        if let Some(record) = message.answers.iter().find(|record| is_foreign(record))
            && message.answers.iter().all(is_foreign)
        {
            let owner = name_text(&record.name);
            return Err(format!("unexpected records of `{owner}`"));
        }
        let belongs = |record: &&Record| {
            record.record_type() == question.record && owners.contains(&&record.name)
        };
        let records = message.answers.iter().filter(belongs).cloned().collect();
        let code = message.metadata.response_code;
        let is_authenticated = message.metadata.authentic_data;
        Ok(Self { code, is_authenticated, records })
    }
}

/// Returns the name asked for, and the names that it is an alias for, one after the other.
fn owners<'a>(question: &'a DnsQuestion, records: &'a [Record]) -> Result<Vec<&'a Name>, String> {
    let mut owners = vec![&question.name];
    if question.record == RecordType::CNAME {
        return Ok(owners);
    }
    while let Some(target) = owners.last().and_then(|owner| alias(owner, records)) {
        let asked = name_text(&question.name);
        if owners.contains(&target) {
            return Err(format!("the aliases of `{asked}` lead back to `{}`", name_text(target)));
        }
        if owners.len() > MAX_ALIASES {
            return Err(format!("`{asked}` has more than {MAX_ALIASES} aliases in a row"));
        }
        owners.push(target);
    }
    Ok(owners)
}

fn alias<'a>(owner: &Name, records: &'a [Record]) -> Option<&'a Name> {
    records.iter().filter(|record| record.name == *owner).find_map(|record| {
        if let RData::CNAME(target) = &record.data { Some(&target.0) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    fn record((owner, record, data): (&str, &str, &str)) -> Record {
        let record = RecordType::from_str(record).unwrap();
        Record::from_rdata(name(owner), 60, RData::try_from_str(record, data).unwrap())
    }

    fn answer(records: &[(&str, &str, &str)]) -> Result<Vec<String>, String> {
        let mut message = Message::query();
        message.answers = records.iter().copied().map(record).collect();
        let question = DnsQuestion { name: name("a.test."), record: RecordType::A };
        let answer = DnsAnswer::of(&question, &message)?;
        Ok(answer.records.iter().map(|record| record.data.to_string()).collect())
    }

    #[test]
    fn records_of_the_name_and_of_its_alias_targets_are_accepted() {
        assert_eq!(answer(&[("A.test.", "A", "192.0.2.1")]).unwrap(), ["192.0.2.1"]);
        let aliases = [
            ("c.test.", "A", "192.0.2.3"),
            ("a.test.", "CNAME", "b.test."),
            ("x.test.", "A", "192.0.2.9"),
            ("B.test.", "CNAME", "c.test."),
        ];
        assert_eq!(answer(&aliases).unwrap(), ["192.0.2.3"]);
        assert!(answer(&[("a.test.", "CNAME", "b.test.")]).unwrap().is_empty());
        assert!(answer(&[]).unwrap().is_empty());
    }

    #[test]
    fn records_of_an_unrelated_owner_are_refused() {
        let what = answer(&[("b.test.", "A", "127.0.0.1")]).unwrap_err();
        assert_eq!(what, "unexpected records of `b.test`");
        let behind_an_alias = [("a.test.", "CNAME", "c.test."), ("b.test.", "A", "127.0.0.1")];
        assert!(answer(&behind_an_alias).unwrap().is_empty());
    }

    #[test]
    fn aliases_end() {
        let circle = [("a.test.", "CNAME", "b.test."), ("b.test.", "CNAME", "A.test.")];
        assert!(answer(&circle).unwrap_err().contains("lead back to `a.test`"));
        let names: Vec<String> = (0..20).map(|n| format!("n{n}.test.")).collect();
        let mut long = vec![("a.test.", "CNAME", "n0.test.")];
        for pair in names.windows(2) {
            long.push((&pair[0], "CNAME", &pair[1]));
        }
        assert!(answer(&long).unwrap_err().contains("more than 16 aliases"));
    }
}
