//! r23: whatever the pieces, the same is masked.

use proptest::{prelude::*, sample::Index};

use super::*;

/// A slow, independent masker: marks all bytes of all occurrences, then writes one mask for each run of them that overlap.
fn expected(patterns: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let mut found: Vec<_> = patterns
        .iter()
        .flat_map(|pattern| {
            (0..text.len()).filter(|at| text[*at..].starts_with(pattern)).map(|at| (at, at + pattern.len()))
        })
        .collect();
    // What the end of the text breaks off.
    let begun = |at: &usize| {
        text.len() - at >= SHORTEST
            && patterns.iter().any(|p| p.len() > text.len() - at && p.starts_with(&text[*at..]))
    };
    found.extend((0..text.len()).find(begun).map(|at| (at, text.len())));
    found.sort_unstable();
    let (mut told, mut at) = (Vec::new(), 0);
    let mut found = found.into_iter().peekable();
    while let Some((begin, mut end)) = found.next() {
        told.extend_from_slice(&text[at..begin]);
        while let Some((_, later)) = found.next_if(|(next, _)| *next < end) {
            end = end.max(later);
        }
        told.extend_from_slice(MASK.as_bytes());
        at = end;
    }
    told.extend_from_slice(&text[at..]);
    told
}

fn patterns(values: &[&str]) -> Vec<Vec<u8>> {
    let mut patterns = crate::redact::forms::Patterns::default();
    values.iter().for_each(|value| patterns.add(value));
    patterns.iter().map(<[u8]>::to_vec).collect()
}

/// Pieces between these places.
fn cut<'a>(text: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = places.iter().map(|place| place.index(text.len() + 1)).collect();
    places.sort_unstable();
    let mut pieces = Vec::new();
    let mut rest = text;
    for place in places.iter().rev() {
        let (head, tail) = rest.split_at(*place);
        pieces.push(tail);
        rest = head;
    }
    pieces.push(rest);
    pieces.reverse();
    pieces
}

/// Values that overlap with themselves and each other, and text that is full of them.
fn values() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof!["[ab]{4,9}", "[ab/\"\\n]{6,12}[ab]{4}", "[a-c]{4,6}"], 1..4)
}

fn texts(values: Vec<String>) -> impl Strategy<Value = (Vec<String>, Vec<u8>)> {
    let forms = patterns(&values.iter().map(String::as_str).collect::<Vec<_>>());
    let piece = prop_oneof![
        3 => prop::sample::select(forms.clone()),
        1 => (prop::sample::select(forms), any::<Index>()).prop_map(|(form, at)| form[..at.index(form.len())].to_vec()),
        2 => "[abc%\n ]{0,6}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..10).prop_map(move |pieces| (values.clone(), pieces.concat()))
}

proptest! {
    #[test]
    fn r23_every_split_masks_the_same(
        (values, text) in values().prop_flat_map(texts),
        places in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let redactor = redactor(&values);
        let expected = expected(&patterns(&values), &text);
        prop_assert_eq!(&masked(&redactor, [text.as_slice()]), &expected);
        prop_assert_eq!(&masked(&redactor, cut(&text, &places)), &expected);
        prop_assert_eq!(&masked(&redactor, text.chunks(1)), &expected);
    }

    /// A worker that takes a run over reads its output again from where the log ends.
    #[test]
    fn r23_read_again_from_a_position_the_rest_is_the_same(
        (values, text) in values().prop_flat_map(texts),
        places in prop::collection::vec(any::<Index>(), 0..12),
        broken in any::<Index>(),
    ) {
        let redactor = redactor(&values.iter().map(String::as_str).collect::<Vec<_>>());
        let pieces = cut(&text, &places);
        let mut stream = redactor.stream();
        let mut told = Vec::new();
        for piece in &pieces[..broken.index(pieces.len())] {
            told.extend(stream.push(piece.to_vec()));
        }
        let rest = &text[usize::try_from(stream.position()).unwrap()..];
        told.extend(masked(&redactor, [rest]));
        prop_assert_eq!(told, masked(&redactor, [text.as_slice()]));
    }

    #[test]
    fn what_holds_no_secret_passes_unchanged(
        text in prop::collection::vec(any::<u8>(), 0..2000),
        places in prop::collection::vec(any::<Index>(), 0..12),
    ) {
        // None of its forms can come by chance, nor a beginning of one at the end of the text.
        let redactor = redactor(&["correct horse battery staple", "-----BEGIN KEY-----\nMIIEpAIB+/AAKCAQEA\n-----END KEY-----\n"]);
        prop_assert_eq!(masked(&redactor, cut(&text, &places)), text.as_slice());
        prop_assert_eq!(masked(&Redactor::default(), cut(&text, &places)), text.as_slice());
    }
}

#[test]
fn r23_at_every_border() {
    let redactor = redactor(&["hunter2-é", "one line\r\n  and another"]);
    let text = "a hunter2-é, hunter2-é hunter2\nand another;one line\r\n  and another\n".as_bytes();
    let expected = b"a ***, *** hunter2\n***;***\n";
    for first in 0..=text.len() {
        for second in first..=text.len() {
            let pieces = [&text[..first], &text[first..second], &text[second..]];
            assert_eq!(masked(&redactor, pieces), expected, "cut at {first} and {second}");
        }
    }
}

#[test]
fn nothing_is_held_back_that_cannot_be_a_secret() {
    let redactor = redactor(&["hunter2", "hunter2 and more"]);
    let mut stream = redactor.stream();
    assert_eq!(stream.push(b"password? ".to_vec()), b"password? ");
    assert_eq!((stream.push(b"x h".to_vec()), stream.position()), (b"x ".to_vec(), 12));
    assert_eq!((stream.push(b"unter".to_vec()), stream.position()), (Vec::new(), 12));
    assert_eq!(stream.push(b"!\n".to_vec()), b"hunter!\n");
    // It could be the longer one, and then it is not.
    assert_eq!((stream.push(b"hunter2".to_vec()), stream.position()), (Vec::new(), 20));
    assert_eq!((stream.push(b".".to_vec()), stream.position()), (b"***.".to_vec(), 28));
    // Nothing can follow.
    assert_eq!(stream.push(b"hunter2 and more".to_vec()), MASK.as_bytes());
    assert_eq!((stream.finish(), stream.position()), (Vec::new(), 44));
}

#[test]
fn r23_an_output_that_breaks_off_within_a_secret() {
    let redactor = redactor(&["hunter2-and-more"]);
    assert_eq!(masked(&redactor, [b"it is hunter2-and-mo".as_slice()]), b"it is ***");
    assert_eq!(masked(&redactor, [b"it is hun".as_slice()]), b"it is hun");
}

#[test]
fn what_is_held_back_is_bounded() {
    let long = "a".repeat(5000);
    let redactor = redactor(&[&long, &"xyz-".repeat(2000)]);
    let mut stream = redactor.stream();
    for _ in 0..1000 {
        // One mask that grows, of which no byte is kept.
        assert!(stream.push(vec![b'a'; 1000]).is_empty());
        assert!(stream.search.as_ref().unwrap().held.len() < 256);
        assert_eq!(stream.search.as_ref().unwrap().masks.len(), 1);
    }
    assert_eq!(stream.push(b".".to_vec()), b"***.");
    assert_eq!(stream.position(), 1_000_001);
}

#[test]
fn without_secrets_nothing_is_copied() {
    let mut stream = Redactor::default().stream();
    let piece = b"as it is".to_vec();
    let place = piece.as_ptr();
    let told = stream.push(piece);
    assert_eq!(told.as_ptr(), place);
    assert_eq!((stream.finish(), stream.position()), (Vec::new(), 8));
    // With secrets, neither is a piece that holds none.
    let mut stream = redactor(&["hunter2"]).stream();
    let piece = b"as it is".to_vec();
    let place = piece.as_ptr();
    let told = stream.push(piece);
    assert_eq!(told.as_ptr(), place);
}

#[test]
fn what_may_not_be_shown_at_all_is_not() {
    let redactor = Redactor::of_everything();
    assert_eq!(redactor.text("anything".to_owned()), MASK);
    let mut stream = redactor.stream();
    assert!(stream.push(b"anything".to_vec()).is_empty() && stream.finish().is_empty());
    assert_eq!(stream.position(), 0);
}
