//! People and programs that come in.

use danggol_core::id::{KeyId, UserId};
use danggol_store::account::{self, KeyRecord, SessionRecord, UserRecord};

use crate::engines::{NOW_MS, each_engine, read, write};

fn user(id: i64, login: &str) -> UserRecord {
    UserRecord {
        id: UserId(id),
        login: login.to_owned(),
        name: "Mina".to_owned(),
        role: "owner".to_owned(),
        password_hash: "$argon2id$…".to_owned(),
        language: Some("ko".to_owned()),
        created_at_ms: NOW_MS,
        disabled_at_ms: None,
    }
}

#[test]
fn a_login_is_given_once_and_a_person_is_changed() {
    each_engine("users", |store| {
        assert_eq!(read(store, account::count_users), 0);
        for (id, login, expected) in [(1, "mina", true), (2, "mina", false), (3, "jun", true)] {
            assert_eq!(write(store, move |conn| account::insert_user(conn, &user(id, login))), expected, "{login}");
        }
        let changed =
            UserRecord { name: "Jun".to_owned(), role: "clerk".to_owned(), disabled_at_ms: Some(NOW_MS), ..user(3, "jun") };
        let kept = changed.clone();
        assert!(write(store, move |conn| account::update_user(conn, &changed)));
        assert!(!write(store, |conn| account::update_user(conn, &user(9, "nobody"))));
        assert_eq!(read(store, account::users), [user(1, "mina"), kept.clone()]);
        assert_eq!(read(store, |conn| account::user_by_login(conn, "jun")), Some(kept.clone()));
        assert_eq!(read(store, |conn| account::users_by_id(conn, &[UserId(3), UserId(8)])), [kept]);
        let refused =
            store.write_blocking(|conn| account::insert_user(conn, &UserRecord { role: "king".to_owned(), ..user(4, "k") }));
        assert!(refused.is_err(), "a role that does not exist");
    });
}

#[test]
fn a_session_ends_by_time_by_hand_and_with_its_person() {
    each_engine("sessions", |store| {
        write(store, |conn| account::insert_user(conn, &user(1, "mina")));
        for token in ["a", "b", "c"] {
            let session = SessionRecord {
                token_hash: token.to_owned(),
                user: UserId(1),
                created_at_ms: NOW_MS,
                expires_at_ms: NOW_MS + 100,
            };
            write(store, move |conn| account::insert_session(conn, &session));
        }
        let is_open =
            |token: &'static str, at_ms| read(store, move |conn| account::user_of_session(conn, token, at_ms)).is_some();
        assert_eq!((is_open("a", NOW_MS), is_open("a", NOW_MS + 100), is_open("x", NOW_MS)), (true, false, false));
        write(store, |conn| account::revoke_session(conn, "a", NOW_MS));
        assert!(!is_open("a", NOW_MS));
        write(store, |conn| account::revoke_sessions_of(conn, UserId(1), Some("b"), NOW_MS));
        assert_eq!((is_open("b", NOW_MS), is_open("c", NOW_MS)), (true, false));
        write(store, |conn| account::update_user(conn, &UserRecord { disabled_at_ms: Some(NOW_MS), ..user(1, "mina") }));
        assert!(!is_open("b", NOW_MS));
        assert_eq!(write(store, |conn| account::forget_sessions(conn, NOW_MS + 101)), 3);
    });
}

#[test]
fn a_key_opens_until_it_is_revoked() {
    each_engine("keys", |store| {
        let key = KeyRecord {
            id: KeyId(1),
            name: "till".to_owned(),
            secret_hash: "h".to_owned(),
            prefix: "dk_1".to_owned(),
            scopes: "members:read purchases:write".to_owned(),
            created_at_ms: NOW_MS,
            last_used_at_ms: None,
            revoked_at_ms: None,
        };
        let kept = key.clone();
        write(store, move |conn| account::insert_key(conn, &key));
        assert_eq!(read(store, |conn| account::key_by_secret(conn, "h")), Some(kept.clone()));
        write(store, |conn| account::touch_key(conn, KeyId(1), NOW_MS + 5));
        let revoke = || write(store, |conn| account::revoke_key(conn, KeyId(1), NOW_MS + 9));
        assert_eq!((revoke(), revoke()), (true, false));
        assert_eq!(read(store, |conn| account::key_by_secret(conn, "h")), None);
        let after = KeyRecord { last_used_at_ms: Some(NOW_MS + 5), revoked_at_ms: Some(NOW_MS + 9), ..kept };
        assert_eq!(read(store, account::keys), [after]);
    });
}
