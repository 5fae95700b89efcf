package acceptance

// inviteAll invites everybody who is Imported, and nobody else.
func (w *crowd) inviteAll() {
	emails := w.people("Everyone", "", 3)
	already := w.people("Enabled", "enabled", 1)
	w.list("")
	waiting := w.tab("Imported")
	w.act("Invite all imported")
	w.console.WaitText("Invite " + waiting + " users?")
	w.console.Click("Invite " + waiting + " users")
	w.console.WaitText(waiting + " users invited")
	w.invited(emails...)
	w.list("")
	if left := w.tab("Imported"); left != "0" && left != "" {
		w.Errorf("%s are still Imported", left)
	}
	if got := w.mail.Accepted(already[0]); len(got) != 0 {
		w.Errorf("somebody who is Active got %d mails", len(got))
	}
}

// deactivated ends a user's charging with a reason, and gives it back; of
// somebody who is not Active it is refused.
func (w *crowd) deactivated() {
	w.place("Fraud yard", false)
	w.charger("FRAUD1", "Fraud yard")
	w.importFile("email,first_name,last_name,status,card_uid\n" +
		"fraud@northgrid.example,Fraud,Active,enabled,04F1F2F3F4F5F6\n" +
		"notyet@northgrid.example,Fraud,Imported,,\n")
	w.decides("04F1F2F3F4F5F6", "FRAUD1", "", yes)
	w.search("Fraud")
	w.tick("Fraud Active", "Fraud Imported")
	w.act("Deactivate")
	w.console.WaitText("Deactivate 1 user?")
	w.console.WaitText("is Imported")
	w.console.Click("Deactivate 1 user")
	w.console.WaitText("Say in a few words why")
	w.console.Fill("Reason", "Fraud with a cloned card")
	w.console.Click("Deactivate 1 user")
	w.console.WaitText("1 user deactivated")
	w.decides("04F1F2F3F4F5F6", "FRAUD1", "", "deactivated")
	w.list("q=Fraud&status=deactivated")
	if got := w.names(); got != "Fraud Active" {
		w.Errorf("deactivated are %s", got)
	}
	w.tick("Fraud Active")
	w.act("Reactivate")
	w.console.Click("Reactivate 1 user")
	w.console.WaitText("1 user reactivated")
	w.decides("04F1F2F3F4F5F6", "FRAUD1", "", yes)
	w.console.Open(w.page("/activity"))
	w.console.WaitText("Deactivated")
	w.console.WaitText("Reactivated")
}
