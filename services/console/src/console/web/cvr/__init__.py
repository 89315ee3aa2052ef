"""The pages of CVR: the way to the register, who we are there, and looking units up."""
