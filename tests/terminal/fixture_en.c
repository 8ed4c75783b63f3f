#include "fixture_text.h"

static const FixtureChunk HANDBOOK[] = {
    {"Harbour handbook › Arrival", 1,
     "Every vessel longer than 12 metres calls the harbour office on channel 14 before it passes "
     "the "
     "outer light. The office gives a berth, the side of approach and the height of the tide at "
     "the "
     "sill. Without an answer the vessel waits at the yellow buoy; it does not enter."},
    {"Harbour handbook › Arrival", 1,
     "Between 22:00 and 06:00 the inner basin is closed to vessels under sail. A vessel that "
     "arrives "
     "in these hours lies at the waiting pontoon, where the first night is free of charge. The "
     "night "
     "watch comes round at midnight and at four."},
    {"Harbour handbook › Dues", 2,
     "Harbour dues are 2.40 a metre and night from May to September and 1.30 in the other months. "
     "Dues cover water and the use of the crane up to 500 kg. Electricity is metered at the berth "
     "and "
     "paid with the dues when the vessel leaves."},
    {"Harbour handbook › Dues › Refunds", 2,
     "Dues paid ahead are given back in full when the harbour office is told two days before. "
     "Later "
     "than that one night is kept. Nothing is given back for a berth that was left early in a "
     "storm "
     "warning, but the nights are kept for the same vessel until the end of the season."},
    {"Harbour handbook › Storms", 3,
     "At force 8 the office hoists a black ball and closes the lock. Lines are doubled, fenders "
     "are "
     "put out on both sides and the crane is locked. Crews stay on board or ashore as they choose; "
     "nobody walks on the northern mole, which is washed over from force 9."},
    {"Harbour handbook › Storms › After a storm", 3,
     "After a storm the harbour master inspects the northern mole, the lock gates and every berth "
     "on "
     "the outer pontoon. Damage is written down with a picture before anything is moved. The "
     "insurer "
     "of the harbour asks for the list within three days."},
};

static const FixtureChunk FERRIES[] = {
    {"Ferries › Timetable", 0,
     "The ferry to the island leaves at 07:15, 10:40, 14:05 and 18:30 from April to October, and "
     "at "
     "07:15 and 16:20 in winter. The crossing takes 55 minutes, 70 at low water, when the ferry "
     "goes "
     "round the sandbank."},
    {"Ferries › Tickets", 0,
     "A single ticket is 9.80, a return 17.00. Children under six travel free, bicycles pay 4.50. "
     "A "
     "ticket bought at the machine is valid on the day that is printed on it; one bought on board "
     "is "
     "valid for that crossing only."},
    {"Ferries › Bicycles and cargo", 0,
     "Up to 24 bicycles are carried on each crossing, on the car deck behind the ramp. Groups of "
     "more "
     "than six bicycles ask for places a day before. Cargo up to 200 kg is taken on the morning "
     "crossing and has to be on the quay half an hour earlier."},
    {"Ferries › When the ferry does not sail", 0,
     "At force 9 or in fog below 300 metres the ferry stays in the harbour. Tickets are then valid "
     "on "
     "any crossing of the next seven days, or are paid back at the counter. The information board "
     "and "
     "the telephone line give the next decision at the full hour."},
};

static const FixtureChunk LIGHTHOUSE[] = {
    {"The lighthouse › History", 4,
     "The lighthouse on the northern mole was built in 1874 of granite from the island quarry. Its "
     "first keeper, Marta Lindqvist, kept the lamp for 31 years and wrote a logbook that is now in "
     "the museum. The lamp burned rape-seed oil until 1902 and gas until 1938."},
    {"The lighthouse › The light", 5,
     "The light shows two white flashes every ten seconds and is seen for 17 sea miles. The sector "
     "from 210 to 245 degrees is red and covers the sandbank. When the light fails, the fog horn "
     "sounds once a minute until it is lit again."},
    {"The lighthouse › Visits", 6,
     "The tower is open on Sundays from 11:00 to 16:00 when the wind is below force 6. There are "
     "132 "
     "steps and no lift. Groups are taken up ten at a time by a guide; the museum at its foot is "
     "open "
     "every day but Monday and needs no guide."},
};

static const FixtureDocument DOCUMENTS[] = {
    {"handbook.pdf", "Harbour handbook", "pdf", SPLIT_TRAIN, HANDBOOK,
     sizeof HANDBOOK / sizeof *HANDBOOK},
    {"ferries.md", "Ferries", "markdown", SPLIT_VAL, FERRIES, sizeof FERRIES / sizeof *FERRIES},
    {"lighthouse.pdf", "The lighthouse", "pdf", SPLIT_TEST, LIGHTHOUSE,
     sizeof LIGHTHOUSE / sizeof *LIGHTHOUSE},
};

static const FixtureQuestion QUESTIONS[] = {
    {0, QUESTION_ACCEPTED, "On which channel does a vessel call the harbour office?", "which", 1,
     .20, 0, false, .05, NULL},
    {0, QUESTION_PENDING, "Where does a vessel wait when the harbour office does not answer?",
     "where", 2, .25, 0, false, .18, NULL},
    {0, QUESTION_PENDING, "What is discussed in this section?", "what", 0, .00, 0, true, .93, NULL},
    {1, QUESTION_ACCEPTED, "When is the inner basin closed to vessels under sail?", "when", 1, .55,
     0, false, .22, NULL},
    {1, QUESTION_PENDING, "A vessel that arrives in these hours lies at the waiting pontoon?",
     "what", 1, .92, 0, false, .71, NULL},
    {2, QUESTION_ACCEPTED, "How much are harbour dues a metre and night in summer?", "how much", 1,
     .30, 0, false, .10, NULL},
    {2, QUESTION_PENDING, "How high are the harbour dues for a metre and a night in summer?",
     "how much", 1, .28, 6, false, .64, NULL},
    {2, QUESTION_REJECTED, "What do they cover?", "what", 38, .00, 0, true, .88, NULL},
    {3, QUESTION_ACCEPTED, "When are dues paid ahead given back in full?", "when", 1, .60, 0, false,
     .19, NULL},
    {3, QUESTION_FLAGGED, "What happens to nights paid for a berth left in a storm warning?",
     "what", 4, .18, 0, false, .31, "two passages say different things"},
    {4, QUESTION_ACCEPTED, "What does the office do at force 8?", "what", 1, .35, 0, false, .12,
     NULL},
    {4, QUESTION_PENDING, "From which force is the northern mole washed over?", "which", 1, .33, 0,
     false, .15, NULL},
    {5, QUESTION_PENDING, "Who inspects the lock gates after a storm?", "who", 3, .22, 0, false,
     .26, NULL},
    {5, QUESTION_REJECTED, "Why is it written down?", "why", 0, .05, 0, true, .97, NULL},
    {6, QUESTION_ACCEPTED, "At what times does the ferry to the island leave in winter?", "when", 1,
     .32, 0, false, .08, NULL},
    {6, QUESTION_ACCEPTED, "How long does the crossing take at low water?", "how long", 1, .28, 0,
     false, .09, NULL},
    {7, QUESTION_ACCEPTED, "What does a return ticket for the ferry cost?", "what", 2, .14, 0,
     false, .16, NULL},
    {7, QUESTION_PENDING, "For how long is a ticket bought on board valid?", "how long", 1, .26, 0,
     false, .13, NULL},
    {8, QUESTION_ACCEPTED, "How many bicycles are carried on each crossing?", "how many", 1, .50, 0,
     false, .20, NULL},
    {9, QUESTION_ACCEPTED, "When does the ferry stay in the harbour?", "when", 1, .40, 0, false,
     .14, NULL},
    {9, QUESTION_PENDING, "What can be done with a ticket when the ferry does not sail?", "what", 6,
     .12, 0, false, .38, NULL},
    {10, QUESTION_ACCEPTED, "Who was the first keeper of the lighthouse?", "who", 1, .30, 0, false,
     .06, NULL},
    {10, QUESTION_ACCEPTED, "Which stone was the lighthouse built of?", "which", 1, .18, 0, false,
     .11, NULL},
    {11, QUESTION_ACCEPTED, "How far is the light on the northern mole seen?", "how far", 1, .15, 0,
     false, .12, NULL},
    {11, QUESTION_ACCEPTED, "What sounds when the light fails?", "what", 1, .35, 0, false, .17,
     NULL},
    {12, QUESTION_ACCEPTED, "How many steps has the tower?", "how many", 2, .20, 0, false, .21,
     NULL},
    {12, QUESTION_PENDING, "On which days can the tower be visited?", "which", 12, .08, 0, false,
     .44, NULL},
};

const FixtureCorpus FIXTURE_EN = {DOCUMENTS, sizeof DOCUMENTS / sizeof *DOCUMENTS, QUESTIONS,
                                  sizeof QUESTIONS / sizeof *QUESTIONS, "offline-1"};
