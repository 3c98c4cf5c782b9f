"""The lifelike content of the demo province, as plain structs: schools, people, texts, answers."""
