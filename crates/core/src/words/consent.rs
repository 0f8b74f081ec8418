//! Consents in words.

use crate::condition::{Operand, Operator};
use crate::consent::{ConsentAsk, ConsentTest, purpose_label};
use crate::language::Language;
use crate::money::number_words;
use crate::words::condition::{Said, choice_words};
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What a consent is about, as it stands in a sentence.
    fn matter(&self, test: &ConsentTest) -> String {
        let purpose = purpose_label(&test.consent, self.language);
        let Some(channel) = test.channel.map(|channel| channel.label(self.language)) else { return purpose.to_owned() };
        match self.language {
            Language::ZhCn | Language::ZhTw => format!("{purpose}（{channel}）"),
            Language::Ko => format!("{purpose}({channel})"),
            Language::En => format!("{purpose} by {channel}"),
        }
    }

    pub(super) fn consent(&self, test: &ConsentTest, negated: bool) -> String {
        let matter = self.matter(test);
        if test.op == Operator::IsMissing {
            return match negated {
                true => {
                    say!(
                        self.language,
                        "已询问过{matter}",
                        "已詢問過{matter}",
                        "{matter} 동의 여부 확인됨",
                        "she was asked about {matter}"
                    )
                }
                false => say!(
                    self.language,
                    "从未询问过{matter}",
                    "從未詢問過{matter}",
                    "{matter} 동의 여부를 물은 적 없음",
                    "she was never asked about {matter}"
                ),
            };
        }
        let (label, plural) = match test.ask {
            ConsentAsk::Said => (say!(self.language, "{matter}", "{matter}", "{matter}", "consent to {matter}"), false),
            ConsentAsk::Days => (
                say!(
                    self.language,
                    "距上次答复{matter}的天数",
                    "距上次回覆{matter}的天數",
                    "{matter} 응답 후 일수",
                    "the days since she was asked about {matter}"
                ),
                true,
            ),
        };
        let said = Said { label, kind: test.ask.kind(), op: test.op, plural, negated };
        let word = |word: &String| self.spaced(choice_words(word, self.language));
        let number = |number: &i64| self.spaced(&number_words(*number));
        let values = match &test.value {
            None => Vec::new(),
            Some(Operand::Number(one)) => vec![number(one)],
            Some(Operand::Numbers(several)) => several.iter().map(number).collect(),
            Some(Operand::Text(one)) => vec![word(one)],
            Some(Operand::Texts(several)) => several.iter().map(word).collect(),
        };
        self.compared(&said, &values)
    }
}
