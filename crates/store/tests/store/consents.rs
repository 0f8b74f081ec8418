//! Consents as they are kept: what was said, what holds, and the upgrade to the schema that has them.

use std::collections::BTreeMap;

use danggol_core::consent::{ConsentWay, Matter, Said};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ConsentId, MemberId};
use danggol_store::consent::{self, Statement};
use danggol_store::{Conn, Store, StoreError, Target, member, migration};

use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};

const MEMBER: MemberId = MemberId(11);
const ENROL: &str = "INSERT INTO member (member_id, holder_id, status, source_kind, joined_at_ms, updated_at_ms, profile) \
     VALUES (11, 11, 'active', 'api', 0, 0, '{}')";

/// Makes of this schema what stood before consents.
pub fn take_consents_away(conn: &mut Conn) -> Result<(), StoreError> {
    conn.execute("DROP TABLE consent", &[])?;
    conn.execute("ALTER TABLE member DROP COLUMN consents", &[]).map(drop)
}

fn statement(id: i64, matter: &str, said: Said, at_ms: i64) -> Statement {
    Statement {
        id: ConsentId(id),
        member: MEMBER,
        matter: Matter::parse(matter).expect("a matter"),
        said,
        at_ms,
        version: Some(2),
        way: ConsentWay::Counter,
        actor: Actor { kind: ActorKind::User, id: 3 },
    }
}

fn held(store: &Store) -> BTreeMap<String, (Said, i64)> {
    let files = read(store, |conn| member::files(conn, &[MEMBER]));
    files[0].consents.iter().map(|(matter, consent)| (matter.clone(), (consent.said, consent.at_ms))).collect()
}

#[test]
fn a_database_of_schema_seventeen_gets_consents() {
    let folder = Folder::new("upgrade_consents");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade_consents")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_consents_away(conn)?;
            conn.execute(ENROL, &[])?;
            conn.execute("UPDATE migration SET version = 17", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        assert_eq!(held(&store), BTreeMap::new(), "nobody was asked");
        write(&store, |conn| consent::say(conn, &[statement(5, "advertising.sms", Said::Given, 9)], NOW_MS));
        assert_eq!(held(&store), BTreeMap::from([("advertising.sms".to_owned(), (Said::Given, 9))]));
    }
}

#[test]
fn the_last_word_holds_and_all_that_was_said_stays_known() {
    each_engine("consents", |store| {
        write(store, |conn| conn.execute(ENROL, &[]));
        let said = [
            statement(1, "advertising.sms", Said::Given, 50),
            statement(2, "advertising.sms", Said::Withdrawn, 40),
            statement(3, "personalisation", Said::Withdrawn, 70),
            statement(4, "advertising.email", Said::Given, 60),
            statement(5, "advertising.email", Said::Withdrawn, 60),
        ];
        let kept = said.to_vec();
        write(store, move |conn| consent::say(conn, &kept, NOW_MS));
        let expected = [
            ("advertising.email", (Said::Withdrawn, 60)),
            ("advertising.sms", (Said::Given, 50)),
            ("personalisation", (Said::Withdrawn, 70)),
        ];
        assert_eq!(held(store), expected.map(|(matter, said)| (matter.to_owned(), said)).into());
        let page = read(store, |conn| consent::of_member(conn, MEMBER, ConsentId(5), 2));
        assert_eq!(page, [said[3].clone(), said[2].clone()], "the newest first, before a place");
        let nobody = Statement { member: MemberId(99), ..said[0].clone() };
        let refused =
            store.write_blocking(move |conn| consent::say(conn, &[Statement { id: ConsentId(9), ..nobody.clone() }], NOW_MS));
        assert!(refused.is_err(), "nobody says nothing");
    });
}
