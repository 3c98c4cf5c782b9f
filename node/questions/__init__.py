"""Questions: what a slice above asks people, and what they answer.

Whoever asks (consents, surveys; sign-ups and submissions to come) is the owner of a questionnaire: of fields
in order, with what it says about personal data. Given one, the room promises:

- it is written in one editor, which works without JavaScript and keeps what is half done; what keeps
  it from going out is told in a sentence (`Questionnaire.fault`);
- it looks the same in front of who answers, on paper and before it goes out;
- what is answered is held against the questions and kept in the words that were shown: one answer of
  each who is asked, or of each who answers for them, with the record that proves it where there is
  one (`Questions.keep`; owners read `questions_v_answer`);
- results are read child by child (or whoever is asked), each answer as its owner finds it proved,
  and a look at them costs what changed since the last one;
- they leave the system as a workbook.

It asks nobody's rights and has no page of its own: who may answer, until when, what proves an answer and
who is shown the results is the owner's to say, in its own units and behind its own pages.
"""
